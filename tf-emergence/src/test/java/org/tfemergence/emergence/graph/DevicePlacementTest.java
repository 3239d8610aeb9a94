package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.TwoDevices;

final class DevicePlacementTest {
  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#rules")
  void probe_builtInAScopeWithDevice_runsWhereItSays(ActivityRule rule) {
    try (GraphRun run = TwoDevices.graph()) {
      Ops there = TwoDevices.second(run.tf());
      Operand<TFloat32> drawn =
          there.random.randomUniform(there.constant(new int[] {64, 16, 8}), TFloat32.class);
      ActivityProbe probe = ActivityProbe.build(there, List.of(tap(there, drawn)), rule);

      for (Operand<TFloat64> output : List.of(probe.restart(), probe.accumulate())) {
        Map<String, String> devices = TwoDevices.placement(run, output);
        assertThat(devices).isNotEmpty();
        assertThat(devices.values()).allMatch(TwoDevices::isSecond);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#rules")
  void probe_activationsOnADevice_followsThem(ActivityRule rule) {
    try (GraphRun run = TwoDevices.graph()) {
      Ops there = TwoDevices.second(run.tf());
      Operand<TFloat32> drawn =
          there.random.randomUniform(there.constant(new int[] {64, 16, 8}), TFloat32.class);
      ActivityProbe probe = ActivityProbe.build(run.tf(), List.of(tap(there, drawn)), rule);

      Map<String, String> devices = TwoDevices.placement(run, probe.restart());

      // Only what joins the layers' counts is left to TensorFlow.
      devices.keySet().removeIf(name -> name.contains("stack") || name.contains("Stack"));
      assertThat(devices).isNotEmpty();
      assertThat(devices.values()).allMatch(TwoDevices::isSecond);
    }
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#rules")
  void probe_anyRule_pinsNoOperationItself(ActivityRule rule) {
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> activations = run.constant(Shape.of(1, 2, 1), 1, 2);
      ActivityProbe.build(run.tf(), List.of(tap(run.tf(), activations)), rule);

      run.graph().operations().forEachRemaining(op -> assertThat(op.device()).isEmpty());
    }
  }

  /* With padding, so that every operation of a probe is there. */
  private static Tap tap(Ops tf, Operand<TFloat32> activations) {
    Operand<TFloat32> sums = tf.reduceSum(activations, tf.constant(2));
    return new Tap("a", tf.nn.relu(activations)).masked(tf.math.greater(sums, tf.constant(1f)));
  }
}
