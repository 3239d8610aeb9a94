package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
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

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#exampleRules")
  void exampleProbe_activationsOnADevice_followsThem(ExampleRule rule) {
    try (GraphRun run = TwoDevices.graph()) {
      Ops there = TwoDevices.second(run.tf());
      Operand<TFloat32> drawn =
          there.random.randomUniform(there.constant(new int[] {64, 16, 8}), TFloat32.class);
      Layer layer = new Layer("a", ImmutableList.of(16L, 8L), 1, Layer.Role.COUNTED);
      ExampleProbe probe =
          ExampleProbe.build(
              run.tf(),
              List.of(tap(there, drawn)),
              rule,
              Network.chain(List.of(layer)),
              LayerEmergence.PUBLISHED);

      assertOnSecond(run, probe.restart(), 64 * 16);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sweep_kernelsOnADevice_followsThem(boolean transposed) {
    try (GraphRun run = TwoDevices.graph()) {
      Ops there = TwoDevices.second(run.tf());
      Layer map = new Layer("map", ImmutableList.of(4L, 4L, 4L), 1, Layer.Role.COUNTED);
      Layer next = new Layer("next", ImmutableList.of(4L, 4L, 8L), 1, Layer.Role.COUNTED);
      Layer dense = new Layer("dense", 40, 1);
      MutableValueGraph<Layer, Wiring> graph = ValueGraphBuilder.directed().build();
      graph.putEdgeValue(map, next, new Wiring.Convolution(Window.same(3, 1, 4, 4), 1));
      graph.putEdgeValue(next, dense, new Wiring.Dense());
      Network network = Network.of(graph);
      Shape matrix = transposed ? Shape.of(40, 128) : Shape.of(128, 40);
      Weight kernel = weight(there, "dense", matrix);
      Map<String, Weight> kernels =
          Map.of(
              "next",
              weight(there, "next", Shape.of(3, 3, 4, 8)),
              "dense",
              transposed ? kernel.transposed() : kernel);
      Map<String, UnitFlags> flags = new HashMap<>();
      for (Layer layer : network.layers()) {
        Shape shape = Shape.of(Longs.toArray(layer.shape()));
        Operand<TBool> none =
            run.tf().fill(run.tf().constant(shape.asArray()), run.tf().constant(false));
        flags.put(layer.name(), new UnitFlags(none));
      }
      Operand<TFloat64> log10 =
          ConnectivitySweep.build(
              run.tf(),
              network,
              Passing.ANY_UNIT,
              flags,
              KernelMasks.build(run.tf(), network, kernels));

      assertOnSecond(run, log10, 3 * 3 * 4 * 8);
    }
  }

  private static Weight weight(Ops there, String name, Shape shape) {
    VarHandleOp handle = there.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    Ops init = there.withInitScope();
    init.assignVariableOp(handle, init.fill(init.constant(shape.asArray()), init.constant(1f)));
    return Weight.of(handle);
  }

  /**
   * Asserts that whatever gives or takes a tensor of at least some size ran on the second device.
   */
  private static void assertOnSecond(GraphRun run, Operand<?> output, long size) {
    int large = 0;
    for (Map.Entry<String, String> ran : TwoDevices.placement(run, output).entrySet()) {
      GraphOperation operation = run.graph().operation(ran.getKey());
      if (isLarge(operation, size)) {
        assertThat(ran.getValue()).as(operation.toString()).matches(TwoDevices::isSecond);
        large++;
      }
    }
    assertThat(large).isGreaterThan(3);
  }

  private static boolean isLarge(GraphOperation operation, long size) {
    List<Output<?>> all = new ArrayList<>();
    for (int i = 0; i < operation.numInputs(); i++) {
      all.add(operation.input(i));
    }
    for (int i = 0; i < operation.numOutputs(); i++) {
      all.add(operation.output(i));
    }
    return all.stream().anyMatch(value -> value.shape().size() >= size);
  }

  /* With padding, so that every operation of a probe is there. */
  private static Tap tap(Ops tf, Operand<TFloat32> activations) {
    Operand<TFloat32> sums = tf.reduceSum(activations, tf.constant(2));
    return new Tap("a", tf.nn.relu(activations)).masked(tf.math.greater(sums, tf.constant(1f)));
  }
}
