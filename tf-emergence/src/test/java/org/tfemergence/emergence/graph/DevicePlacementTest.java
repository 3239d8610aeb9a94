package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ActivityRule.Reducer;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.TwoDevices;

final class DevicePlacementTest {
  @ParameterizedTest
  @EnumSource
  void probe_builtInAScopeWithDevice_runsWhereItSays(Reducer reducer) {
    try (GraphRun run = TwoDevices.graph()) {
      Ops there = TwoDevices.second(run.tf());
      Operand<TFloat32> drawn =
          there.random.randomUniform(there.constant(new int[] {64, 128}), TFloat32.class);
      ActivityProbe probe =
          ActivityProbe.build(
              there, List.of(new Tap("a", there.nn.relu(drawn))), new ActivityRule(reducer, 0.05));

      for (Operand<TFloat64> output : List.of(probe.restart(), probe.accumulate())) {
        Map<String, String> devices = TwoDevices.placement(run, output);
        assertThat(devices).isNotEmpty();
        assertThat(devices.values()).allMatch(TwoDevices::isSecond);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void probe_activationsOnADevice_followsThem(Reducer reducer) {
    try (GraphRun run = TwoDevices.graph()) {
      Ops there = TwoDevices.second(run.tf());
      Operand<TFloat32> drawn =
          there.random.randomUniform(there.constant(new int[] {64, 128}), TFloat32.class);
      ActivityProbe probe =
          ActivityProbe.build(
              run.tf(),
              List.of(new Tap("a", there.nn.relu(drawn))),
              new ActivityRule(reducer, 0.05));

      Map<String, String> devices = TwoDevices.placement(run, probe.restart());

      // Only what joins the layers' counts is left to TensorFlow.
      devices.keySet().removeIf(name -> name.contains("stack") || name.contains("Stack"));
      assertThat(devices).isNotEmpty();
      assertThat(devices.values()).allMatch(TwoDevices::isSecond);
    }
  }

  @ParameterizedTest
  @EnumSource
  void probe_anyReducer_pinsNoOperationItself(Reducer reducer) {
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> activations = run.constant(Shape.of(2, 1), 1, 2);
      ActivityProbe.build(
          run.tf(), List.of(new Tap("a", activations)), new ActivityRule(reducer, 0.05));

      run.graph().operations().forEachRemaining(op -> assertThat(op.device()).isEmpty());
    }
  }
}
