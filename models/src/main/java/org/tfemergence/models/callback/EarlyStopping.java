package org.tfemergence.models.callback;

import com.google.protobuf.ByteString;
import java.util.Objects;
import java.util.OptionalLong;
import org.tfemergence.emergence.report.Seal;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.MetricGoal;
import org.tfemergence.emergence.train.StopRule;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.models.callback.proto.SavedEarlyStopping;

/**
 * Stops a training whose metric no longer gets better. Given to a trainer among its callbacks, it
 * is asked after each result, and checkpoints keep what it knows.
 *
 * <p>The result before training, if it lacks the metric, as of figures of training it does, does
 * not count.
 */
public final class EarlyStopping implements StopRule, TrainingCallback {
  private final MetricGoal goal;
  private final int patience;
  private final double minDelta;
  private double best;
  private int waited;
  private OptionalLong lastStep = OptionalLong.empty();

  /**
   * Creates the rule.
   *
   * @param goal the metric, and which of its values are better
   * @param patience the number of results in a row without a gain at which to stop, at least 1
   * @param minDelta what counts as a gain: more than this, finite and not negative
   * @throws IllegalArgumentException if a number is out of its range
   */
  public EarlyStopping(MetricGoal goal, int patience, double minDelta) {
    this.goal = Objects.requireNonNull(goal, "goal");
    if (patience < 1) {
      throw new IllegalArgumentException("patience must be at least 1, got " + patience);
    }
    if (!(minDelta >= 0 && Double.isFinite(minDelta))) {
      throw new IllegalArgumentException(
          "minDelta must be finite and not negative, got " + minDelta);
    }
    this.patience = patience;
    this.minDelta = minDelta;
    best = goal.worst();
  }

  /**
   * Creates a rule for which any gain counts.
   *
   * @param goal the metric, and which of its values are better
   * @param patience the number of results in a row without a gain at which to stop, at least 1
   * @throws IllegalArgumentException if the patience is out of its range
   */
  public EarlyStopping(MetricGoal goal, int patience) {
    this(goal, patience, 0);
  }

  /**
   * Says whether to stop. Asked again about the same result, it says the same.
   *
   * @param result the result of an epoch, after those before it
   * @return whether the metric has not become better for as many results as the patience
   * @throws IllegalArgumentException if a result of training lacks the metric
   */
  @Override
  public boolean stop(EpochResult result) {
    if (!lastStep.equals(OptionalLong.of(result.step()))) {
      goal.in(result).ifPresent(value -> count(result.step(), value));
    }
    return waited >= patience;
  }

  private void count(long step, double value) {
    lastStep = OptionalLong.of(step);
    if (goal.gain(value, best) > minDelta) {
      best = value;
      waited = 0;
    } else {
      waited++;
    }
  }

  @Override
  public void attach(TrainingGraph graph) {}

  @Override
  public ByteString hostState() {
    SavedEarlyStopping.Builder state =
        SavedEarlyStopping.newBuilder()
            .setMetric(goal.metric())
            .setHigher(higher())
            .setWaited(waited);
    if (best != goal.worst()) {
      state.setBest(best);
    }
    lastStep.ifPresent(state::setStep);
    return state.setSha256(Seal.of(state.build())).build().toByteString();
  }

  @Override
  public void restoreHostState(ByteString state) {
    SavedEarlyStopping saved;
    try {
      saved = Seal.parse(SavedEarlyStopping.parser(), state, "the state of a stopping rule");
      Seal.require(saved);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("callback '" + name() + "': " + e.getMessage(), e);
    }
    if (!saved.getMetric().equals(goal.metric()) || saved.getHigher() != higher()) {
      throw new IllegalArgumentException(
          "callback '"
              + name()
              + "' waits for "
              + goal
              + ", got the state of one that waits for "
              + (saved.getHigher() ? "higher " : "lower ")
              + saved.getMetric());
    }
    best = saved.hasBest() ? saved.getBest() : goal.worst();
    waited = saved.getWaited();
    lastStep = saved.hasStep() ? OptionalLong.of(saved.getStep()) : OptionalLong.empty();
  }

  private boolean higher() {
    return goal.direction() == MetricGoal.Direction.HIGHER;
  }
}
