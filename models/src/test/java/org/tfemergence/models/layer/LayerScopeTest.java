package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.tensorflow.DeviceSpec;
import org.tensorflow.EagerSession;
import org.tensorflow.Graph;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

class LayerScopeTest {
  @Test
  void within_scopesOfTheSameName_areNamedAsTensorFlowNamesThem() {
    assertThat(names(LayerScope::within)).isEqualTo(names(tf -> tf));
  }

  /* Operations named by default and by hand, in scopes that are entered twice and nested. */
  private static List<String> names(UnaryOperator<Ops> scoped) {
    try (Graph graph = new Graph()) {
      Ops root = Ops.create(graph);
      root.withSubScope("train").withSubScope("conv_1").constant(0);
      Ops tf = scoped.apply(root.withSubScope("train"));
      List<Op> added = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Ops layer = tf.withSubScope("conv_1");
        added.add(layer.constant(1));
        added.add(layer.constant(2));
        added.add(layer.withName("x").constant(3));
        added.add(layer.withName("x").constant(4));
        added.add(layer.withName("inner").withSubScope("ignored").constant(5));
      }
      return added.stream().map(op -> op.op().name()).toList();
    }
  }

  @Test
  void within_graphThatHasSuchNames_avoidsThem() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      tf.withSubScope("conv_1").constant(1);
      String name = LayerScope.within(tf).withSubScope("conv_1").constant(2).op().name();
      assertThat(name).isEqualTo("conv_1_1/Const");
    }
  }

  @Test
  void scope_keepsDeviceAndControlDependencies() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Op first = tf.noOp();
      Ops layer =
          LayerScope.within(tf)
              .withSubScope("conv_1")
              .withDevice(
                  DeviceSpec.newBuilder()
                      .deviceType(DeviceSpec.DeviceType.CPU)
                      .deviceIndex(1)
                      .build())
              .withControlDependencies(List.of(first))
              .withSubScope("inner");
      layer.constant(1);
      assertThat(layer.scope().getDeviceString()).endsWith("CPU:1");
      assertThat(graph.toGraphDef().getNodeList())
          .filteredOn(node -> node.getName().equals("conv_1/inner/Const"))
          .singleElement()
          .satisfies(
              node -> {
                assertThat(node.getDevice()).endsWith("CPU:1");
                assertThat(node.getInputList()).containsExactly("^" + first.op().name());
              });
    }
  }

  @Test
  void scope_badName_isRefused() {
    try (Graph graph = new Graph()) {
      Ops layers = LayerScope.within(Ops.create(graph));
      assertThatThrownBy(() -> layers.withSubScope("a/b"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'a/b'");
      assertThatThrownBy(() -> layers.withName("a b"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'a b'");
    }
  }

  @Test
  void within_eagerSession_isTheSame() {
    try (EagerSession session = EagerSession.create()) {
      Ops tf = Ops.create(session);
      assertThat(LayerScope.within(tf)).isSameAs(tf);
    }
  }
}
