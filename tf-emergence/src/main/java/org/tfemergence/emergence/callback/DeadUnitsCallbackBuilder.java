package org.tfemergence.emergence.callback;

import java.util.Objects;
import java.util.function.Consumer;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.DeadLayerAlarm;
import org.tfemergence.emergence.activity.DeadLayerWatch;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.train.Phase;

/** Options of a {@link DeadUnitsCallback}; each has a default. */
public final class DeadUnitsCallbackBuilder {
  String name = "dead_units";
  ActivityRule rule = new ActivityRule(Reducer.max(), 0);
  Sampling sampling = Sampling.EACH_EVALUATION;
  TapPoint tapPoint = TapPoint.ACTIVATION;
  private long window = 1;
  double bound = DeadLayerWatch.DEFAULT_BOUND;
  Consumer<DeadLayerAlarm> listener = alarm -> {};

  DeadUnitsCallbackBuilder() {}

  private DeadUnitsCallbackBuilder(DeadUnitsCallbackBuilder other) {
    name = other.name;
    rule = other.rule;
    sampling = other.sampling;
    tapPoint = other.tapPoint;
    window = other.window;
    bound = other.bound;
    listener = other.listener;
  }

  /**
   * Sets the name under which checkpoints keep what was told, {@code dead_units} by default; needed
   * where a training has two callbacks.
   *
   * @param name the name
   * @return this
   */
  public DeadUnitsCallbackBuilder name(String name) {
    this.name = Objects.requireNonNull(name, "name");
    return this;
  }

  /**
   * Sets when a unit counts as active; by default when its greatest value is above 0, which is
   * right for rectifiers. For functions that go below zero, take magnitudes and a threshold.
   *
   * @param rule the rule
   * @return this
   */
  public DeadUnitsCallbackBuilder rule(ActivityRule rule) {
    this.rule = Objects.requireNonNull(rule, "rule");
    return this;
  }

  /**
   * Sets on which examples to look, and how often; by default at each evaluation pass.
   *
   * @param sampling the choice
   * @return this
   */
  public DeadUnitsCallbackBuilder sampling(Sampling sampling) {
    this.sampling = Objects.requireNonNull(sampling, "sampling");
    return this;
  }

  /**
   * Looks at the batch of every k-th training step instead of at evaluation passes.
   *
   * @param k the distance between two steps it looks at, at least 1
   * @return this
   * @throws IllegalArgumentException if {@code k < 1}
   */
  public DeadUnitsCallbackBuilder everyTrainingSteps(long k) {
    return sampling(Sampling.trainingBatches(Every.steps(k)));
  }

  /**
   * Sets where along a layer its values are read; by default behind everything.
   *
   * @param tapPoint the point
   * @return this
   */
  public DeadUnitsCallbackBuilder tapPoint(TapPoint tapPoint) {
    this.tapPoint = Objects.requireNonNull(tapPoint, "tapPoint");
    return this;
  }

  /**
   * Sets how long a unit must not have been active to be dead; by default 1.
   *
   * @param window the number of training steps where every k-th is looked at, by its own batch or
   *     by a probe batch; else the number of looks; at least 1
   * @return this
   * @throws IllegalArgumentException if {@code window < 1}
   */
  public DeadUnitsCallbackBuilder window(long window) {
    if (window < 1) {
      throw new IllegalArgumentException("window must be at least 1, got " + window);
    }
    this.window = window;
    return this;
  }

  /**
   * Sets the share of dead units from which a layer gives alarm; by default {@link
   * DeadLayerWatch#DEFAULT_BOUND}.
   *
   * @param bound the share, in (0, 1]
   * @return this
   * @throws IllegalArgumentException if the bound is not in (0, 1]
   */
  public DeadUnitsCallbackBuilder bound(double bound) {
    this.bound = new DeadLayerWatch(bound).bound();
    return this;
  }

  /**
   * Sets what hears of alarms: once when a layer reaches the bound, and once when all its units are
   * dead; anew only after its share fell below half the bound.
   *
   * @param listener the listener
   * @return this
   */
  public DeadUnitsCallbackBuilder listener(Consumer<DeadLayerAlarm> listener) {
    this.listener = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /**
   * Makes the callback.
   *
   * @return a callback for one training graph
   */
  public DeadUnitsCallback build() {
    return new DeadUnitsCallback(new DeadUnitsCallbackBuilder(this));
  }

  /* Rounded up, so that a unit is not called dead too early. */
  long observations() {
    boolean steps = sampling.phase() != Phase.EVALUATION && sampling.every() instanceof Every.Steps;
    return steps ? (window - 1) / ((Every.Steps) sampling.every()).k() + 1 : window;
  }
}
