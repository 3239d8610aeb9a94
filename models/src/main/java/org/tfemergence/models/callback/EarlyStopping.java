package org.tfemergence.models.callback;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.StopRule;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Stops a training whose metric no longer gets better. To be given to a loop as its {@link
 * StopRule}; if it is among the callbacks too, checkpoints keep what it knows.
 */
public final class EarlyStopping implements StopRule, TrainingCallback {
  /** Which values of a metric are better. */
  public enum Better {
    /** Smaller ones, as of a loss. */
    LOWER,
    /** Greater ones, as of an accuracy. */
    HIGHER
  }

  private final String metric;
  private final Better better;
  private final int patience;
  private final double least;
  private double best;
  private int waited;

  /**
   * Creates the rule.
   *
   * @param metric the metric's name, such as {@code val_loss}
   * @param better which values are better
   * @param patience the number of results in a row without a gain at which to stop, at least 1
   * @param least what counts as a gain: more than this, finite and not negative
   * @throws IllegalArgumentException if a number is out of its range
   */
  public EarlyStopping(String metric, Better better, int patience, double least) {
    if (patience < 1) {
      throw new IllegalArgumentException("patience must be at least 1, got " + patience);
    }
    if (!(least >= 0 && Double.isFinite(least))) {
      throw new IllegalArgumentException("least must be finite and not negative, got " + least);
    }
    this.metric = metric;
    this.better = better;
    this.patience = patience;
    this.least = least;
    best = better == Better.LOWER ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the result lacks the metric
   */
  @Override
  public boolean stop(EpochResult result) {
    Double value = result.metrics().get(metric);
    if (value == null) {
      throw new IllegalArgumentException(
          "there is no metric '" + metric + "' among " + result.metrics().keySet());
    }
    double gain = better == Better.LOWER ? best - value : value - best;
    if (gain > least) {
      best = value;
      waited = 0;
    } else {
      waited++;
    }
    return waited >= patience;
  }

  @Override
  public void attach(TrainingGraph graph) {}

  @Override
  public ByteString hostState() {
    ByteBuffer state = ByteBuffer.allocate(Double.BYTES + Integer.BYTES);
    return ByteString.copyFrom(state.putDouble(best).putInt(waited).flip());
  }

  @Override
  public void restoreHostState(ByteString state) {
    if (state.size() != Double.BYTES + Integer.BYTES) {
      throw new IllegalArgumentException(
          "state of early stopping must have "
              + (Double.BYTES + Integer.BYTES)
              + " bytes, got "
              + state.size());
    }
    ByteBuffer bytes = state.asReadOnlyByteBuffer();
    best = bytes.getDouble();
    waited = bytes.getInt();
  }
}
