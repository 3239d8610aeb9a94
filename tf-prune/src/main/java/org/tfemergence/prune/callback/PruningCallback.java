package org.tfemergence.prune.callback;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.report.Seal;
import org.tfemergence.emergence.train.MaskingCallback;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.prune.callback.proto.SavedPruning;
import org.tfemergence.prune.graph.MaskedAverages;
import org.tfemergence.prune.graph.MaskedWeights;
import org.tfemergence.prune.graph.Pruner;
import org.tfemergence.prune.mask.SparsityReport;

/**
 * Prunes a network while it trains: whenever the planned sparsity changes, its kernels are masked
 * anew by magnitude, right after that step's update; masked weights then stay zero, and so do their
 * moving averages where the loop keeps some ({@link TrainingGraph#averages}).
 */
public final class PruningCallback implements MaskingCallback {
  private final PruningPlan plan;
  private Optional<MaskedWeights> masked = Optional.empty();
  private Pruner pruner;
  private MaskedAverages effects;
  private long parameters;
  private double inForce;
  private long done;
  private SparsityReport report = new SparsityReport(ImmutableList.of());

  /**
   * Creates a callback.
   *
   * @param plan when to prune, how much, and what
   */
  public PruningCallback(PruningPlan plan) {
    this.plan = Objects.requireNonNull(plan, "plan");
  }

  /**
   * Creates a callback that prunes each kernel once.
   *
   * @param step the training step to prune after, at least 1
   * @param sparsity the share of each kernel to mask, in [0, 1)
   * @return the callback
   * @throws IllegalArgumentException if an argument is out of its range
   */
  public static PruningCallback oneShot(long step, double sparsity) {
    return new PruningCallback(PruningPlan.oneShot(step, sparsity));
  }

  @Override
  public ImmutableMap<String, Weight> masks(TrainingGraph graph) {
    masked = Optional.of(MaskedWeights.build(graph.tf(), plan.kernels().of(graph)));
    return masked.get().byWeight();
  }

  @Override
  public void attach(TrainingGraph graph) {
    pruner =
        masked.isPresent()
            ? Pruner.build(graph.tf(), masked.get(), graph.update(), plan.allocation())
            : Pruner.build(graph.tf(), plan.kernels().of(graph), graph.update(), plan.allocation());
    effects = MaskedAverages.behind(graph.tf(), pruner, graph.averages());
    parameters = graph.network().parameters();
  }

  /*
   * inForce is of the step at hand, whichever callback is asked first. If the step fails,
   * it is all the same what the weights were masked by when it was asked for.
   */
  @Override
  public StepRequest request(Step step) {
    if (step.phase() != Phase.TRAINING) {
      inForce = plan.after(step.number());
      return step.phase() == Phase.EVALUATION && step.last()
          ? StepRequest.of(pruner.kept())
          : StepRequest.NOTHING;
    }
    inForce = plan.after(step.number() - 1);
    double next = plan.after(step.number());
    if (next != inForce) {
      return new StepRequest(
          ImmutableList.of(effects.prune()),
          ImmutableMap.of(pruner.keep(), TInt32.vectorOf(pruner.keep(next))));
    }
    return next == 0 ? StepRequest.NOTHING : StepRequest.of(effects.enforce());
  }

  @Override
  public void completed(StepResult result) {
    if (!result.values().isEmpty()) {
      if (result.step().phase() == Phase.EVALUATION) {
        report = pruner.kept().read(result.values().get(0));
      } else if (changesAt(result.step())) {
        requireFinite(effects.prune().read(result.values().get(0)), result.step());
      }
    }
    done = result.step().number();
  }

  @Override
  public ImmutableList<Weight> state() {
    return pruner.masks();
  }

  /**
   * Returns what a checkpoint keeps besides the masks.
   *
   * @return the sparsity of the masks and the step they are of, with a checksum
   */
  @Override
  public ByteString hostState() {
    SavedPruning.Builder saved =
        SavedPruning.newBuilder().setStep(done).setSparsity(plan.after(done));
    return saved.setSha256(Seal.of(saved.build())).build().toByteString();
  }

  /**
   * Goes on from a checkpoint. Masks of another sparsity than the plan has in force at their step
   * are refused: the plan would not choose them anew before its next change, and {@link
   * #remainingParameters} would be wrong. A checkpoint without this state is taken as it is.
   *
   * @param state what {@link #hostState()} returned
   * @throws IllegalArgumentException if the bytes are damaged, or of another plan
   */
  @Override
  public void restoreHostState(ByteString state) {
    requireAttached();
    if (state.isEmpty()) {
      return;
    }
    SavedPruning saved;
    try {
      saved = Seal.parse(SavedPruning.parser(), state, "what a pruning had in force");
      Seal.require(saved);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("callback '" + name() + "': " + e.getMessage(), e);
    }
    double planned = plan.after(saved.getStep());
    if (planned != saved.getSparsity()) {
      throw new IllegalArgumentException(
          "callback '"
              + name()
              + "' plans the sparsity "
              + planned
              + " after step "
              + saved.getStep()
              + ", got masks of "
              + saved.getSparsity());
    }
    done = saved.getStep();
    inForce = planned;
  }

  /**
   * Returns the number of the network's trainable parameters that are not masked.
   *
   * @return the number that the forward pass of the step requested last works with
   * @throws IllegalStateException before this callback is attached
   */
  public long remainingParameters() {
    requireAttached();
    long pruned = pruner.weights().stream().mapToLong(Weight::size).sum();
    return parameters - pruned + IntStream.of(pruner.keep(inForce)).asLongStream().sum();
  }

  /**
   * Returns what the masks kept when the network was last evaluated.
   *
   * @return the report; without rows before the first evaluation
   */
  public SparsityReport report() {
    return report;
  }

  private void requireAttached() {
    if (pruner == null) {
      throw new IllegalStateException("not attached to a graph yet");
    }
  }

  private boolean changesAt(Step step) {
    return plan.after(step.number()) != plan.after(step.number() - 1);
  }

  private static void requireFinite(ImmutableMap<String, Long> nonFinite, Step step) {
    nonFinite.forEach(
        (weight, count) -> {
          if (count > 0) {
            throw new IllegalStateException(
                "weight '"
                    + weight
                    + "' has "
                    + count
                    + " values that are not finite at step "
                    + step.number()
                    + "; masks and weights were left as they are");
          }
        });
  }
}
