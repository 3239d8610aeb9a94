package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.proto.SavedStopping;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.MetricGoal;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StopRule;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Stops a training when its emergence, or the change of it, has come to stay under a bound, and
 * leaves the weights of the best epoch behind.
 *
 * <p>Weights kept before a pruning would come back unpruned, since masks live in the weights. Where
 * a training prunes, say {@link #notBefore} the epoch in which the last pruning happens: weights of
 * earlier epochs are then never kept. So too where anything else changes what a figure of merit
 * means, such as other data.
 *
 * <p>The best weights are copied on the device in the step of {@link Phase#PROBE} behind their
 * epoch, and put back in the one of {@link Phase#END}, whatever ended the training. Nothing the
 * size of a weight leaves the device. The loop attaches this as a callback and asks it as a rule:
 *
 * <pre>{@code
 * var emergence = EmergenceCallback.builder().build();
 * var stopping = EmergenceStopping.when(emergence::history, EmergenceBound.level(0, 10));
 * }</pre>
 */
public final class EmergenceStopping implements TrainingCallback, StopRule {
  private final Supplier<EmergenceHistory> history;
  private final EmergenceBound bound;
  private final int minEpochs;
  private final MetricGoal by;
  private final String name;
  private final List<Weight> copies = new ArrayList<>();
  private Operand<TBool> keep;
  private Operand<TBool> restore;
  private double best;
  private OptionalInt bestEpoch = OptionalInt.empty();
  private boolean copyDue;

  private EmergenceStopping(
      Supplier<EmergenceHistory> history,
      EmergenceBound bound,
      int minEpochs,
      MetricGoal by,
      String name) {
    this.history = history;
    this.bound = bound;
    this.minEpochs = minEpochs;
    this.by = by;
    this.name = name;
    best = by.worst();
  }

  /**
   * Makes a rule that keeps the weights of the lowest validation loss.
   *
   * @param history what was measured, such as {@code emergence::history}
   * @param bound what the emergence must stay under
   * @return the rule, for one training graph
   */
  public static EmergenceStopping when(Supplier<EmergenceHistory> history, EmergenceBound bound) {
    return new EmergenceStopping(
        history, bound, 0, MetricGoal.VALIDATION_LOSS, "emergence_stopping");
  }

  /**
   * Returns this rule, unattached, with a least number of epochs, before which it neither stops nor
   * takes weights for the best.
   *
   * @param epochs the first epoch at which it may, at least 0, the network before training; where a
   *     training prunes, the epoch of the last pruning or a later one
   * @return the rule
   * @throws IllegalArgumentException if the number is negative
   */
  public EmergenceStopping notBefore(int epochs) {
    if (epochs < 0) {
      throw new IllegalArgumentException("epochs must be at least 0, got " + epochs);
    }
    return new EmergenceStopping(history, bound, epochs, by, name);
  }

  /**
   * Returns this rule, unattached, with another choice of the weights to keep.
   *
   * @param goal by which figure they are the best
   * @return the rule
   */
  public EmergenceStopping keeping(MetricGoal goal) {
    return new EmergenceStopping(history, bound, minEpochs, goal, name);
  }

  /**
   * Returns this rule, unattached, under another name, which must be unique in a training.
   *
   * @param unique the name; also the scope of the copies' names
   * @return the rule
   */
  public EmergenceStopping named(String unique) {
    return new EmergenceStopping(history, bound, minEpochs, by, unique);
  }

  @Override
  public boolean stop(EpochResult result) {
    return result.epoch() >= minEpochs && bound.holds(history.get().readings());
  }

  @Override
  public void attach(TrainingGraph graph) {
    Ops tf = graph.tf().withSubScope(name);
    List<Op> kept = new ArrayList<>();
    List<Op> restored = new ArrayList<>();
    List<Weight> all = new ArrayList<>(graph.weights());
    all.addAll(graph.statistics());
    for (Weight weight : all) {
      Ops beside = weight.beside(tf);
      Weight copy = copy(beside, weight);
      copies.add(copy);
      kept.add(copy.assign(beside, weight.read(beside)));
      restored.add(weight.assign(beside, copy.read(beside)));
    }
    keep = done(tf, kept);
    restore = done(tf, restored);
  }

  @Override
  public void completed(EpochResult result) {
    double value = by.in(result).orElse(Double.NaN);
    if (result.epoch() >= minEpochs && by.better(value, best)) {
      best = value;
      bestEpoch = OptionalInt.of(result.epoch());
      copyDue = true;
    }
  }

  @Override
  public StepRequest request(Step step) {
    if (step.phase() == Phase.PROBE && copyDue) {
      copyDue = false;
      return StepRequest.of(keep);
    }
    if (step.phase() == Phase.TRAINING && copyDue) {
      throw new IllegalStateException(
          "the best weights are kept in a step of PROBE after the epoch's result, got none after"
              + " epoch "
              + bestEpoch.getAsInt());
    }
    return step.phase() == Phase.END && bestEpoch.isPresent() && !copyDue
        ? StepRequest.of(restore)
        : StepRequest.NOTHING;
  }

  /**
   * Returns the epoch whose weights are kept.
   *
   * @return the epoch; empty before the first result that may be the best
   */
  public OptionalInt bestEpoch() {
    return bestEpoch;
  }

  @Override
  public ImmutableList<Weight> state() {
    return ImmutableList.copyOf(copies);
  }

  @Override
  public String name() {
    return name;
  }

  /**
   * {@inheritDoc}
   *
   * <p>That is which epoch was the best. What the bound is held against is the history, which the
   * callback that measures keeps.
   */
  @Override
  public ByteString hostState() {
    SavedStopping.Builder saved = SavedStopping.newBuilder().setMetric(by.metric());
    bestEpoch.ifPresent(epoch -> saved.setBest(best).setEpoch(epoch));
    return saved.build().toByteString();
  }

  @Override
  public void restoreHostState(ByteString state) {
    SavedStopping saved;
    try {
      saved = SavedStopping.parseFrom(state);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(
          "callback '" + name + "': found " + state.size() + " bytes that are not its state", e);
    }
    if (!saved.getMetric().equals(by.metric())) {
      throw new IllegalArgumentException(
          "callback '"
              + name
              + "' keeps the best by '"
              + by.metric()
              + "', got the best by '"
              + saved.getMetric()
              + "'");
    }
    best = saved.hasBest() ? saved.getBest() : by.worst();
    bestEpoch = saved.hasEpoch() ? OptionalInt.of(saved.getEpoch()) : OptionalInt.empty();
    copyDue = false;
  }

  private Weight copy(Ops beside, Weight weight) {
    VarHandleOp handle =
        beside.varHandleOp(
            TFloat32.class, weight.shape(), VarHandleOp.sharedName(name + "/" + weight.name()));
    Ops init = beside.withInitScope();
    init.assignVariableOp(
        handle, init.fill(init.constant(weight.shape().asArray()), init.constant(0f)));
    return Weight.of(handle);
  }

  private static Operand<TBool> done(Ops tf, List<Op> effects) {
    return tf.withControlDependencies(effects).constant(true);
  }
}
