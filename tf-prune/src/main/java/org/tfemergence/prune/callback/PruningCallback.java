package org.tfemergence.prune.callback;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.prune.graph.MaskedAverages;
import org.tfemergence.prune.graph.Pruner;
import org.tfemergence.prune.mask.Sparsity;
import org.tfemergence.prune.mask.SparsityReport;

/**
 * Prunes the kernels of a network while it trains: whenever the scheduled sparsity changes, each
 * kernel is masked anew by magnitude, right after that step's update; masked weights then stay
 * zero, and so do their moving averages where the loop keeps some ({@link TrainingGraph#averages}).
 * Biases and normalisation parameters, whatever has fewer than two dimensions, are left alone.
 */
public final class PruningCallback implements TrainingCallback {
  private final Schedule sparsity;
  private Pruner pruner;
  private Operand<TFloat64> prune;
  private Operand<TFloat64> enforce;
  private long parameters;
  private double inForce;
  private SparsityReport report = new SparsityReport(ImmutableList.of());

  /**
   * Creates a callback.
   *
   * @param sparsity the share of each kernel to mask after each step, in [0, 1)
   */
  public PruningCallback(Schedule sparsity) {
    this.sparsity = sparsity;
  }

  /**
   * Creates a callback that prunes once.
   *
   * @param step the training step to prune after, at least 1
   * @param sparsity the share of each kernel to mask, in [0, 1)
   * @return the callback
   * @throws IllegalArgumentException if an argument is out of its range
   */
  public static PruningCallback oneShot(long step, double sparsity) {
    if (step < 1) {
      throw new IllegalArgumentException("step must be at least 1, got " + step);
    }
    Sparsity.check(sparsity);
    return new PruningCallback(Schedule.constant(0).until(step, Schedule.constant(sparsity)));
  }

  @Override
  public void attach(TrainingGraph graph) {
    ImmutableList<Weight> kernels =
        graph.weights().stream()
            .filter(weight -> weight.shape().numDimensions() >= 2)
            .collect(ImmutableList.toImmutableList());
    pruner = Pruner.build(graph.tf(), kernels, graph.update());
    prune = MaskedAverages.behind(graph.tf(), pruner, graph.averages(), pruner.prune());
    enforce = MaskedAverages.behind(graph.tf(), pruner, graph.averages(), pruner.enforce());
    parameters = graph.network().parameters();
  }

  @Override
  public StepRequest request(Step step) {
    if (step.phase() != Phase.TRAINING) {
      inForce = sparsityAfter(step.number());
      return step.phase() == Phase.EVALUATION && step.last()
          ? StepRequest.of(pruner.kept())
          : StepRequest.NOTHING;
    }
    inForce = sparsityAfter(step.number() - 1);
    double next = sparsityAfter(step.number());
    if (next != inForce) {
      return new StepRequest(
          ImmutableList.of(prune),
          ImmutableMap.of(
              pruner.keep(),
              TInt32.tensorOf(Shape.of(pruner.weights().size()), DataBuffers.of(keep(next)))));
    }
    return next == 0 ? StepRequest.NOTHING : StepRequest.of(enforce);
  }

  @Override
  public void completed(StepResult result) {
    if (result.values().isEmpty()) {
      return;
    }
    if (result.step().phase() == Phase.EVALUATION) {
      report = pruner.report((TFloat64) result.values().get(0));
    } else if (changesAt(result.step())) {
      requireFinite((TFloat64) result.values().get(0), result.step());
    }
  }

  @Override
  public ImmutableList<Weight> state() {
    return pruner.masks();
  }

  /**
   * Returns the number of the network's trainable parameters that are not masked.
   *
   * @return the number that the forward pass of the step requested last works with
   * @throws IllegalStateException before this callback is attached
   */
  public long remainingParameters() {
    if (pruner == null) {
      throw new IllegalStateException("not attached to a graph yet");
    }
    long masked = 0;
    for (Weight weight : pruner.weights()) {
      masked += weight.size() - Sparsity.kept(weight.size(), inForce);
    }
    return parameters - masked;
  }

  /**
   * Returns what the masks kept when the network was last evaluated.
   *
   * @return the report; without rows before the first evaluation
   */
  public SparsityReport report() {
    return report;
  }

  private boolean changesAt(Step step) {
    return sparsityAfter(step.number()) != sparsityAfter(step.number() - 1);
  }

  private double sparsityAfter(long step) {
    if (step == 0) {
      return 0;
    }
    double value = sparsity.at(step);
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          "sparsity must be in [0, 1), got " + value + " at step " + step);
    }
    return value;
  }

  private int[] keep(double next) {
    return pruner.weights().stream()
        .mapToInt(weight -> (int) Sparsity.kept(weight.size(), next))
        .toArray();
  }

  private void requireFinite(TFloat64 nonFinite, Step step) {
    for (int i = 0; i < pruner.weights().size(); i++) {
      long count = (long) nonFinite.getDouble(i);
      if (count > 0) {
        throw new IllegalStateException(
            "weight '"
                + pruner.weights().get(i).name()
                + "' has "
                + count
                + " values that are not finite at step "
                + step.number()
                + "; masks and weights were left as they are");
      }
    }
  }
}
