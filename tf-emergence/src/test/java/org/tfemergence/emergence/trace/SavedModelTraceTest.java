package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.tfemergence.emergence.trace.TraceChecks.activations;
import static org.tfemergence.emergence.trace.TraceChecks.layer;
import static org.tfemergence.emergence.trace.TraceChecks.run;
import static org.tfemergence.emergence.trace.TraceChecks.table;
import static org.tfemergence.emergence.trace.TraceChecks.targets;
import static org.tfemergence.emergence.trace.TraceChecks.wiring;

import com.google.common.io.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tfemergence.emergence.activity.UnitActivity;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.ExactEmergence.Connections;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.Dense;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.PerPosition;
import org.tfemergence.emergence.network.Wiring.Pooling;

/**
 * SavedModels that Python wrote: layers against Keras' own summary, activations against what Python
 * computed. The script that made both stands beside the models.
 */
final class SavedModelTraceTest {
  /*
   * Shapes and parameters as model.summary() has them: "sep" is 36 + 24 weights and 6 biases, the
   * 16 parameters of "bn" are 8 trainable ones and 8 moving statistics.
   */
  @Test
  void trace_kerasConvolutions_isTheSummary() throws IOException {
    try (SavedModelBundle bundle = load("keras_cnn")) {
      TracedNetwork traced = NetworkTracer.of(bundle, "serving_default").trace();
      Network network = traced.network();
      String sum = "functional_1/sum_1/Add";
      String pool = "functional_1/pool_1/MaxPool2d";
      String mean = "functional_1/mean_1/Mean";

      assertThat(table(network))
          .containsExactly(
              "stem [8, 8, 4] 108",
              "branch [8, 8, 4] 148",
              "sep/depthwise [2, 2, 4] 36",
              "sep/pointwise [2, 2, 6] 30",
              "head [3] 21");
      assertThat(network.parameters()).isEqualTo(108 + 8 + 148 + 66 + 21);
      assertThat(wiring(network, "stem", "bn")).isEqualTo(new OneToOne(0));
      assertThat(layer(network, "bn").parameters()).isEqualTo(8);
      assertThat(targets(network, "bn")).containsExactly("branch", sum);
      assertThat(wiring(network, "bn", "branch"))
          .isEqualTo(new Convolution(Window.same(3, 1, 8, 8), 1));
      assertThat(wiring(network, "branch", sum)).isEqualTo(new OneToOne(0));
      assertThat(wiring(network, sum, pool)).isEqualTo(new Pooling(Window.valid(2, 2)));
      assertThat(wiring(network, pool, "sep/depthwise"))
          .isEqualTo(new Convolution(Window.valid(3, 1), 4));
      assertThat(wiring(network, "sep/depthwise", "sep/pointwise"))
          .isEqualTo(new Convolution(Window.valid(1, 1), 1));
      assertThat(wiring(network, "sep/pointwise", mean)).isEqualTo(new Pooling(Window.all(2, 2)));
      assertThat(wiring(network, mean, "head")).isEqualTo(new Dense());
      assertThat(traced.kernels().keySet())
          .containsExactly("stem", "branch", "sep/depthwise", "sep/pointwise", "head");
      assertThat(traced.uncounted()).containsOnlyKeys("bn/moving_mean_1", "bn/moving_variance_1");

      Shape input = Shape.of(2, 8, 8, 3);
      check(bundle.session(), traced, "stem", input, "keras_cnn.stem_relu");
      check(bundle.session(), traced, "branch", input, "keras_cnn.branch");
      check(bundle.session(), traced, "sep/pointwise", input, "keras_cnn.sep");
      check(bundle.session(), traced, "head", input, "keras_cnn.output");
      assertThat(traced.taps().get(0).at(TapPoint.BEFORE_NORMALIZATION).activations().op().type())
          .isEqualTo("Conv2D");
    }
  }

  /* The 288 parameters of "mha" are four kernels of 8 x 8 with their biases. */
  @Test
  void trace_kerasAttention_isTheSummary() throws IOException {
    try (SavedModelBundle bundle = load("keras_attention")) {
      TracedNetwork traced = NetworkTracer.of(bundle, "serving_default").trace();
      Network network = traced.network();
      String context = "functional_2_1/mha_1/einsum_1/Einsum";
      String sum = "functional_2_1/sum_1/Add";

      assertThat(table(network))
          .containsExactlyInAnyOrder(
              "mha/query [5, 8] 72",
              "mha/key [5, 8] 72",
              "mha/value [5, 8] 72",
              "mha/attention_output [5, 8] 72",
              "ff [5, 6] 54",
              "ff2 [5, 8] 56",
              "head [2] 18");
      assertThat(network.parameters()).isEqualTo(288 + 16 + 54 + 56 + 18);
      assertThat(wiring(network, "mha/query", context)).isEqualTo(new Attention(2, Reach.SELF));
      assertThat(wiring(network, "mha/key", context)).isEqualTo(new Attention(2, Reach.CAUSAL));
      assertThat(wiring(network, "mha/value", context)).isEqualTo(new Attention(2, Reach.CAUSAL));
      assertThat(wiring(network, context, "mha/attention_output")).isEqualTo(new PerPosition());
      assertThat(wiring(network, "mha/attention_output", sum)).isEqualTo(new OneToOne(0));
      assertThat(wiring(network, sum, "ln")).isEqualTo(new OneToOne(0));
      assertThat(layer(network, "ln").parameters()).isEqualTo(16);
      assertThat(wiring(network, "ln", "ff")).isEqualTo(new PerPosition());
      assertThat(wiring(network, "ff", "ff2")).isEqualTo(new PerPosition());

      Shape input = Shape.of(2, 5, 8);
      check(bundle.session(), traced, "mha/attention_output", input, "keras_attention.mha");
      check(bundle.session(), traced, "ff", input, "keras_attention.ff");
      check(bundle.session(), traced, "ff2", input, "keras_attention.ff2");
      check(bundle.session(), traced, "head", input, "keras_attention.output");
    }
  }

  /*
   * A gate of each channel, a transposed convolution, enlarging, one dense layer for each of four
   * steps, a softmax. E is what Python counts by gradients, if every fifth and sixth unit is active
   * in some order.
   */
  @Test
  void trace_kerasGates_countsAsPythonDoes() throws IOException {
    try (SavedModelBundle bundle = load("keras_gates")) {
      TracedNetwork traced = NetworkTracer.of(bundle, "serving_default").trace();

      assertThat(table(traced.network()))
          .containsExactlyInAnyOrder(
              "stem [4, 4, 4] 112",
              "reduce [1, 1, 2] 10",
              "expand [1, 1, 4] 12",
              "up [8, 8, 3] 111",
              "down [4, 4, 2] 56",
              "times/each [3] 27",
              "times/each#2 [3] 0",
              "times/each#3 [3] 0",
              "times/each#4 [3] 0",
              "head [3] 39");
      Map<String, Integer> units = new HashMap<>();
      Map<String, BitSet> active = new HashMap<>();
      for (Layer layer : traced.network().layers()) {
        BitSet some = new BitSet();
        for (int unit = 0; unit < layer.units(); unit++) {
          some.set(unit, (7919 * unit + 13) % 5 < 2);
        }
        units.put(layer.name(), (int) layer.units());
        active.put(layer.name(), some);
      }
      Emergence counted =
          ExactEmergence.ANY_UNIT.measure(
              traced.network(), UnitActivity.of(units, active, 1), Connections.ALL);
      assertThat(counted.paths()).hasToString(line("keras_gates.emergence").get(0));

      Shape input = Shape.of(2, 8, 8, 3);
      check(bundle.session(), traced, "stem", input, "keras_gates.stem");
      check(bundle.session(), traced, "expand", input, "keras_gates.expand");
      check(bundle.session(), traced, "up", input, "keras_gates.up");
      check(bundle.session(), traced, "down", input, "keras_gates.down");
      assertThat(run(bundle.session(), traced, traced.outputs().get("output_0"), input))
          .containsExactly(expected("keras_gates.output"), Offset.offset(1e-5f));
      assertThat(activations(traced, "head").op().type()).isEqualTo("BiasAdd");
      assertThat(traced.hiddenKernels()).containsOnlyKeys("up");
    }
  }

  @Test
  void trace_referenceVariablesOfVersion1_tapsLogitsBeforeTheSoftmax() throws IOException {
    try (SavedModelBundle bundle = load("tf1_mlp")) {
      TracedNetwork traced = NetworkTracer.of(bundle, "serving_default").trace();

      assertThat(table(traced.network())).containsExactly("hidden [5] 35", "logits [3] 18");
      Shape input = Shape.of(2, 6);
      check(bundle.session(), traced, "hidden", input, "tf1_mlp.hidden");
      assertThat(run(bundle.session(), traced, traced.outputs().get("probabilities"), input))
          .containsExactly(expected("tf1_mlp.output"), Offset.offset(1e-5f));
      assertThat(activations(traced, "logits").op().type()).isEqualTo("BiasAdd");
    }
  }

  /* 3 * 3 * 2 * 4 weights, 2 * 4 gains and shifts; 36 * 5 and 2 * 5; 5 * 3 + 3. */
  @Test
  void trace_dropoutAndNormalizationsOfVersion1_countsWhatIsLearnt() throws IOException {
    try (SavedModelBundle bundle = load("tf1_cnn")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkTracer.of(bundle, "serving_default").trace())
          .withMessageContaining("ArgMax 'best'");
      TracedNetwork traced =
          NetworkTracer.of(bundle, "serving_default", List.of("probabilities")).trace();

      requireTable(traced);
      assertThat(traced.allKernels().keySet()).containsExactly("conv", "dense", "logits");
      Shape input = Shape.of(2, 6, 6, 2);
      check(bundle.session(), traced, "conv", input, "tf1_cnn.conv");
      check(bundle.session(), traced, "dense", input, "tf1_cnn.dense");
      check(bundle.session(), traced, "logits", input, "tf1_cnn.logits");
    }
  }

  /* The same, its variables made constants, and imported. */
  @Test
  void trace_frozenGraph_countsTheSame() throws IOException {
    GraphDef frozen =
        GraphDef.parseFrom(
            Resources.toByteArray(
                Resources.getResource(SavedModelTraceTest.class, "tf1_cnn_frozen.pb")));
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      graph.importGraphDef(frozen);
      TracedNetwork traced =
          NetworkTracer.of(graph).input("images").input("kept").output("probabilities").trace();

      requireTable(traced);
      assertThat(traced.kernels()).isEmpty();
      assertThat(traced.hiddenKernels()).containsOnlyKeys("conv", "dense", "logits");
      assertThatIllegalStateException()
          .isThrownBy(traced::allKernels)
          .withMessageContaining("Const 'conv/kernel' is a constant");
      Shape input = Shape.of(2, 6, 6, 2);
      check(session, traced, "conv", input, "tf1_cnn.conv");
      check(session, traced, "dense", input, "tf1_cnn.dense");
      check(session, traced, "logits", input, "tf1_cnn.logits");
    }
  }

  private static void requireTable(TracedNetwork traced) {
    assertThat(table(traced.network()))
        .containsExactly("conv [6, 6, 4] 72", "dense [5] 180", "logits [3] 18");
    assertThat(traced.network().parameters()).isEqualTo(72 + 8 + 180 + 10 + 18);
    assertThat(traced.uncounted())
        .containsOnlyKeys(
            "conv/moving_mean", "conv/moving_variance", "dense/mean", "dense/variance");
  }

  @Test
  void of_unknownOutput_isNamedBesideThoseThatExist() throws IOException {
    try (SavedModelBundle bundle = load("tf1_cnn")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkTracer.of(bundle, "serving_default", List.of("classes")))
          .withMessageContaining("probabilities")
          .withMessageContaining("'classes'");
    }
  }

  @Test
  void of_unknownSignature_isNamedBesideThoseThatExist() throws IOException {
    try (SavedModelBundle bundle = load("tf1_mlp")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkTracer.of(bundle, "train"))
          .withMessageContaining("serving_default")
          .withMessageContaining("'train'");
    }
  }

  private static void check(
      Session session, TracedNetwork traced, String layer, Shape input, String expected)
      throws IOException {
    Output<?> tap = activations(traced, layer);
    assertThat(run(session, traced, tap, input))
        .as(layer)
        .containsExactly(expected(expected), Offset.offset(1e-4f));
  }

  private static float[] expected(String name) throws IOException {
    List<String> words = line(name);
    float[] values = new float[words.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.parseFloat(words.get(i));
    }
    return values;
  }

  private static List<String> line(String name) throws IOException {
    for (String line :
        Resources.readLines(
            Resources.getResource(SavedModelTraceTest.class, "expected.txt"),
            StandardCharsets.UTF_8)) {
      List<String> words = List.of(line.split(" ", -1));
      if (words.get(0).equals(name)) {
        return words.subList(1, words.size());
      }
    }
    throw new IllegalArgumentException(name);
  }

  private static SavedModelBundle load(String model) {
    Path file =
        Path.of(
            Resources.getResource(SavedModelTraceTest.class, model + "/saved_model.pb").getPath());
    return SavedModelBundle.load(file.getParent().toString(), "serve");
  }
}
