package org.tfemergence.models.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.trace.NetworkTracer;
import org.tfemergence.emergence.trace.TracedNetwork;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.VariableSaver;
import org.tfemergence.models.variable.Variables;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.models.vision.ResNet;
import org.tfemergence.models.vision.ResidualBlock;
import org.tfemergence.models.vision.Vgg;

/** What is traced in an exported model is what the model says of itself. */
final class ExportTraceTest {
  private static final int BATCH = 3;

  @TempDir private Path folder;

  @Test
  void trace_perceptron_isTheModelsNetwork() throws IOException {
    Mlp model = Mlp.of(6, 3, 7, 5);
    check(model, Map.of(), traced -> assertThat(traced.network()).isEqualTo(model.network()));
  }

  @Test
  void trace_normalizedVgg_isTheModelsNetwork() throws IOException {
    check(
        new Vgg(
            new ImageShape(8, 8, 3),
            ImmutableList.of(ImmutableList.of(4), ImmutableList.of(6, 5)),
            ImmutableList.of(7),
            3,
            0.5,
            Optional.of(BatchNorm.PYTORCH)),
        Map.of(),
        traced -> assertThat(traced.hiddenKernels()).isEmpty());
  }

  @Test
  void trace_residualNetworkWithProjections_isTheModelsNetwork() throws IOException {
    check(
        new ResNet(
            new ImageShape(8, 8, 3),
            ResNet.Stem.CIFAR,
            4,
            ImmutableList.of(
                ImmutableList.of(ResidualBlock.of(4, 4)), ImmutableList.of(ResidualBlock.of(6, 6))),
            ResNet.Shortcut.PROJECTION,
            3,
            Optional.of(BatchNorm.PYTORCH)),
        Map.of(),
        traced -> assertThat(traced.hiddenKernels()).isEmpty());
  }

  @Test
  void trace_residualNetworkWithPaddedShortcuts_isTheModelsNetwork() throws IOException {
    check(
        new ResNet(
            new ImageShape(8, 8, 3),
            ResNet.Stem.CIFAR,
            4,
            ImmutableList.of(
                ImmutableList.of(ResidualBlock.of(4, 4)), ImmutableList.of(ResidualBlock.of(6, 6))),
            ResNet.Shortcut.PADDING,
            3,
            Optional.of(BatchNorm.PYTORCH)),
        Map.of(),
        traced -> assertThat(traced.hiddenKernels()).isEmpty());
  }

  /*
   * With a table that is shared the logits are named after it, and take it transposed. Positions are added to the embedded
   * tokens in front of the first layer that takes them, so its tap is behind them.
   */
  @Test
  void trace_transformer_isTheModelsNetwork() throws IOException {
    Transformer model = Transformer.of(11, 13, 5, 2, 8, 2, 12);
    for (Transformer.Norm norm : Transformer.Norm.values()) {
      check(
          model.withNorm(norm),
          Map.of("decoder/embedding#2", "logits"),
          traced ->
              assertThat(traced.allKernels().get("decoder/embedding#2").isTransposed()).isTrue());
    }
  }

  /** What else is asked of a trace. */
  private interface Check {
    void of(TracedNetwork traced);
  }

  private void check(Model model, Map<String, String> names, Check more) throws IOException {
    Path directory = folder.resolve(String.valueOf(model.hashCode()));
    List<Tensor> fed = new ArrayList<>();
    Map<String, float[]> expected;
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = Variables.initialized(tf);
      Model.Built built = model.build(variables, Xavier.normal(3));
      List<Placeholder<?>> inputs = new ArrayList<>();
      for (InputSpec input : model.blueprint().inputs()) {
        inputs.add(
            tf.placeholder(input.type(), Placeholder.shape(Shape.of(-1).append(input.shape()))));
        fed.add(draw(input));
      }
      Model.Head head =
          built.call(Pass.inference(tf), inputs.stream().<Value>map(Value::of).toList());
      VariableSaver saver =
          VariableSaver.build(tf, variables.all().stream().map(Variable::weight).toList());
      try (Session session = new Session(graph)) {
        session.initialize();
        SessionVariables values = new SessionVariables(session, saver, variables.all());
        for (Variable variable : variables.all()) {
          if (variable.role() == Variable.Role.EMBEDDING) { // as weights from elsewhere may be
            float[] table = values.value(variable.name());
            Arrays.fill(table, 0, (int) variable.shape().get(1), 1); // padding
            values.assign(Map.of(variable.name(), table));
          }
        }
        expected =
            activations(
                session,
                inputs.stream().<Output<?>>map(Operand::asOutput).toList(),
                fed,
                head.taps());
        SavedModelExport.of(model).write(values, directory);
      }
    }
    try (SavedModelBundle bundle = SavedModelBundle.load(directory.toString())) {
      NetworkTracer tracer = NetworkTracer.of(bundle, "serving_default");
      for (InputSpec input : model.blueprint().inputs()) {
        tracer.input(input.name(), Shape.of(-1).append(input.shape()));
      }
      TracedNetwork traced = tracer.trace();
      assertThat(layers(traced.network(), names, model.network()))
          .isEqualTo(layers(model.network(), Map.of(), model.network()));
      assertThat(traced.network().parameters()).isEqualTo(model.network().parameters());
      assertThat(paths(traced.network(), names)).isEqualTo(paths(model.network(), Map.of()));
      List<Output<?>> inputs =
          model.blueprint().inputs().stream()
              .<Output<?>>map(input -> traced.inputs().get(input.name()))
              .toList();
      activations(bundle.session(), inputs, fed, traced.taps())
          .forEach(
              (layer, values) -> {
                String name = names.getOrDefault(layer, layer);
                if (!name.endsWith("embedding")) {
                  assertThat(values).as(name).containsExactly(expected.get(name), within(1e-4f));
                }
              });
      more.of(traced);
    } finally {
      fed.forEach(Tensor::close);
    }
  }

  private static Map<String, float[]> activations(
      Session session, List<Output<?>> inputs, List<Tensor> fed, List<Tap> taps) {
    Session.Runner runner = session.runner();
    for (int i = 0; i < fed.size(); i++) {
      runner.feed(inputs.get(i), fed.get(i));
    }
    taps.forEach(tap -> runner.fetch(tap.activations()));
    Map<String, float[]> values = new TreeMap<>();
    try (Result result = runner.run()) {
      for (int i = 0; i < taps.size(); i++) {
        values.put(taps.get(i).layer(), GraphRun.floats((TFloat32) result.get(i)));
      }
    }
    return values;
  }

  /* Tokens are none of padding. */
  private static Tensor draw(InputSpec input) {
    Random random = new Random(5);
    Shape shape = Shape.of(BATCH).append(input.shape());
    if (input.type() == TInt32.class) {
      return TInt32.tensorOf(shape, DataBuffers.of(random.ints(shape.size(), 2, 11).toArray()));
    }
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TFloat32.tensorOf(shape, DataBuffers.of(values));
  }

  /* The layers that count, as "name [shape] parameters". */
  private static Map<String, String> layers(
      Network network, Map<String, String> names, Network model) {
    Set<String> known = model.nodes().stream().map(Layer::name).collect(Collectors.toSet());
    Map<String, String> layers = new TreeMap<>();
    for (Layer layer : network.layers()) {
      // Gains of a convolution's normalization, which is no layer of a model of ours, count at the
      // convolution there.
      long gains =
          network.targets(layer).stream()
              .filter(next -> !next.counted() && !known.contains(next.name()))
              .mapToLong(Layer::parameters)
              .sum();
      layers.put(
          names.getOrDefault(layer.name(), layer.name()),
          layer.shape() + " " + (layer.parameters() + gains));
    }
    return layers;
  }

  /* How many ways lead from each unit to each of the next layers' that count, through others. */
  private static Map<String, Integer> paths(Network network, Map<String, String> names) {
    Map<String, Integer> paths = new TreeMap<>();
    for (Layer layer : network.layers()) {
      String name = names.getOrDefault(layer.name(), layer.name());
      for (int unit = 0; unit < layer.units(); unit++) {
        walk(network, layer, unit, name + " " + unit, paths, names);
      }
    }
    return paths;
  }

  private static void walk(
      Network network,
      Layer from,
      int unit,
      String start,
      Map<String, Integer> paths,
      Map<String, String> names) {
    for (Layer to : network.targets(from)) {
      network
          .wires(from, to)
          .forEach(
              unit,
              (target, weight) -> {
                if (to.counted()) {
                  String end = names.getOrDefault(to.name(), to.name()) + " " + target;
                  paths.merge(start + " -> " + end, 1, Integer::sum);
                } else {
                  walk(network, to, target, start, paths, names);
                }
              });
    }
  }
}
