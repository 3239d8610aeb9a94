package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.tensorflow.op.Scope;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.report.Seal;
import org.tfemergence.emergence.report.proto.SavedStopping;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.MetricGoal;
import org.tfemergence.emergence.train.MetricGoal.Direction;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.StopRule;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Stops a training when its emergence, or the change of it, has come to stay under a bound, and
 * leaves the weights of the best epoch behind.
 *
 * <p>The bound is held against one reading for each result, the last that was taken by then: also
 * where the batches of single training steps are measured, which follow each other too closely to
 * stop by.
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
 * var stopping = EmergenceStopping.when(emergence::history, EmergenceBound.level(0));
 * }</pre>
 */
public final class EmergenceStopping implements TrainingCallback, StopRule {
  private final Supplier<EmergenceHistory> history;
  private final EmergenceBound bound;
  private final int minEpochs;
  private final MetricGoal by;
  private final String name;
  private Optional<WeightCopies> weights = Optional.empty();
  private final List<Long> told = new ArrayList<>(); // steps of results, ascending
  private double best;
  private OptionalInt bestEpoch = OptionalInt.empty();
  private boolean copyDue;

  private EmergenceStopping(
      Supplier<EmergenceHistory> history,
      EmergenceBound bound,
      int minEpochs,
      MetricGoal by,
      String name) {
    this.history = Objects.requireNonNull(history, "history");
    this.bound = Objects.requireNonNull(bound, "bound");
    this.minEpochs = minEpochs;
    this.by = Objects.requireNonNull(by, "goal");
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
  public EmergenceStopping withGoal(MetricGoal goal) {
    return new EmergenceStopping(history, bound, minEpochs, goal, name);
  }

  /**
   * Returns this rule, unattached, under another name, which must be unique in a training.
   *
   * @param unique the name; also the scope of the copies' names, so that it begins with a letter
   *     from a to z, a digit or a dot, followed by those, hyphens and underscores
   * @return the rule
   * @throws IllegalArgumentException if it is another
   */
  public EmergenceStopping withName(String unique) {
    Objects.requireNonNull(unique, "unique");
    if (!Scope.isValidOpName(unique)) {
      throw new IllegalArgumentException(
          "name must begin with a letter from a to z, a digit or a dot, followed by those, hyphens"
              + " and underscores, got '"
              + unique
              + "'");
    }
    return new EmergenceStopping(history, bound, minEpochs, by, unique);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if this was not attached to the training graph, or was not told
   *     of the result as a callback: then no weights are kept that could be put back
   */
  @Override
  public boolean stop(EpochResult result) {
    if (weights.isEmpty()) {
      throw new IllegalStateException(
          "rule '" + name + "' is a callback too: attach it, or give it to the trainer as one");
    }
    if (told.isEmpty() || told.get(told.size() - 1) != result.step()) {
      throw new IllegalStateException(
          "rule '"
              + name
              + "' must be told of a result, by completed(EpochResult), before it is asked of it;"
              + " got one of step "
              + result.step());
    }
    return result.epoch() >= minEpochs && bound.holds(lastBeforeEachResult());
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the graph has another such rule of the same name, whose
   *     copies would be overwritten
   * @throws IllegalStateException if this is attached already
   */
  @Override
  public void attach(TrainingGraph graph) {
    if (weights.isPresent()) {
      throw new IllegalStateException("rule '" + name + "' is attached already");
    }
    weights =
        Optional.of(
            WeightCopies.build(
                graph.tf(),
                name,
                ImmutableList.<Weight>builder()
                    .addAll(graph.weights())
                    .addAll(graph.statistics())
                    .build()));
  }

  @Override
  public void completed(EpochResult result) {
    double value = by.in(result).orElse(Double.NaN);
    told.removeIf(step -> step >= result.step());
    told.add(result.step());
    if (result.epoch() >= minEpochs && by.better(value, best)) {
      best = value;
      bestEpoch = OptionalInt.of(result.epoch());
      copyDue = true;
    }
  }

  @Override
  public StepRequest request(Step step) {
    if (step.phase() == Phase.PROBE && copyDue) {
      return StepRequest.of(weights.orElseThrow().keep());
    }
    if (step.phase() == Phase.TRAINING && copyDue) {
      throw new IllegalStateException(
          "the best weights are kept in a step of PROBE after the epoch's result, got none after"
              + " epoch "
              + bestEpoch.getAsInt());
    }
    return step.phase() == Phase.END && bestEpoch.isPresent() && !copyDue
        ? StepRequest.of(weights.orElseThrow().restore())
        : StepRequest.NOTHING;
  }

  @Override
  public void completed(StepResult result) {
    if (result.step().phase() == Phase.PROBE && !result.values().isEmpty()) {
      copyDue = false;
    }
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
    return weights.map(WeightCopies::copies).orElse(ImmutableList.of());
  }

  @Override
  public String name() {
    return name;
  }

  /**
   * {@inheritDoc}
   *
   * <p>That is which epoch was the best, and of which steps there were results. What the bound is
   * held against is the history, which the callback that measures keeps.
   *
   * @throws IllegalStateException if the weights of the best epoch wait for the step of {@link
   *     Phase#PROBE} in which they are copied
   */
  @Override
  public ByteString hostState() {
    if (copyDue) {
      throw new IllegalStateException(
          "callback '"
              + name
              + "': the weights of epoch "
              + bestEpoch.getAsInt()
              + " wait for a step of PROBE to be kept; save behind it");
    }
    SavedStopping.Builder saved =
        SavedStopping.newBuilder()
            .setMetric(by.metric())
            .setHigher(by.direction() == Direction.HIGHER)
            .addAllResults(told);
    bestEpoch.ifPresent(epoch -> saved.setBest(best).setEpoch(epoch));
    return saved.setSha256(Seal.of(saved.build())).build().toByteString();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Where the best epoch so far is one before the least of this rule, its weights are not taken
   * for the best.
   */
  @Override
  public void restoreHostState(ByteString state) {
    SavedStopping saved;
    MetricGoal goal;
    try {
      saved = Seal.parse(SavedStopping.parser(), state, "the state of a stopping rule");
      Seal.require(saved);
      goal = new MetricGoal(saved.getMetric(), direction(saved));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("callback '" + name + "': " + e.getMessage(), e);
    }
    if (!goal.equals(by)) {
      throw new IllegalArgumentException(
          "callback '" + name + "' keeps the best by " + by + ", got the best by " + goal);
    }
    boolean counts = saved.hasEpoch() && saved.getEpoch() >= minEpochs;
    best = counts ? saved.getBest() : by.worst();
    bestEpoch = counts ? OptionalInt.of(saved.getEpoch()) : OptionalInt.empty();
    copyDue = false;
    told.clear();
    told.addAll(saved.getResultsList());
  }

  /* It was not kept at first. */
  private Direction direction(SavedStopping saved) {
    if (!saved.hasHigher()) {
      return by.direction();
    }
    return saved.getHigher() ? Direction.HIGHER : Direction.LOWER;
  }

  private List<EmergenceReading> lastBeforeEachResult() {
    List<EmergenceReading> all = history.get().readings();
    List<EmergenceReading> last = new ArrayList<>();
    int from = 0;
    for (long step : told) {
      int to = from;
      while (to < all.size() && all.get(to).step() <= step) {
        to++;
      }
      if (to > from) {
        last.add(all.get(to - 1));
      }
      from = to;
    }
    return last;
  }
}
