package org.tfemergence.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.graph.ActivityProbe;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.init.initializer.EmergencePromoting;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.init.plan.DepthProfile;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.export.SavedModelExport;
import org.tfemergence.models.fit.CheckpointWeights;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Add;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Conv2d;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.DepthwiseConv2d;
import org.tfemergence.models.layer.Dropout;
import org.tfemergence.models.layer.Flatten;
import org.tfemergence.models.layer.GlobalPool;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pooling;
import org.tfemergence.models.objective.TokenPrediction;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.text.BeamSearch;
import org.tfemergence.models.text.Hypothesis;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.text.Translator;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.models.vision.ResNet;
import org.tfemergence.models.vision.Vgg;
import org.tfemergence.prune.callback.PruningCallback;

/**
 * The code in the documents: it stands here between markers, runs, and must read the same there.
 */
@SuppressWarnings("SystemOut") // as a reader would print
final class SnippetsTest {
  private static final int EXAMPLES = 256;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "README.md, init",
    "README.md, probe",
    "README.md, callbacks",
    "README.md, trainer",
    "docs/own-loop.md, loop",
    "docs/models.md, layers",
    "docs/models.md, vision",
    "docs/models.md, translator",
  })
  void document_showsTheCodeThatIsTestedHere(String document, String region) throws IOException {
    assertThat(Files.readString(Path.of("..", document)))
        .contains("```java\n" + region(region) + "```\n");
  }

  @Test
  void models_translator_works() throws IOException {
    Path checkpoint = folder.resolve("checkpoint");
    int[] source = {3, 4, SpecialTokens.END};
    try (Trainer trainer =
        new Trainer(
            Transformer.small(8_000, 8_000).withNorm(Transformer.Norm.PRE),
            new TokenPrediction(SpecialTokens.PADDING, 0),
            Kaiming.normal(1),
            new Sgd(),
            TrainerOptions.defaults())) {
      trainer.save(checkpoint);
    }
    // begin: translator
    Transformer model = Transformer.small(8_000, 8_000).withNorm(Transformer.Norm.PRE);
    try (Translator translator = new Translator(model)) {
      translator.restore(CheckpointWeights.evaluated(checkpoint));
      Hypothesis best = translator.translate(List.of(source), BeamSearch.of(5)).get(0).get(0);
      System.out.println(best.tokens() + " " + best.score());
    }
    // end
  }

  @Test
  void readme_graph_works() {
    try (Graph graph = new Graph();
        Session session = new Session(graph);
        TFloat32 images = images(1)) {
      Ops tf = Ops.create(graph);
      // begin: init
      List<Kernel> kernels = List.of(Kernel.of("w1", 1, 784, 256), Kernel.of("w2", 2, 256, 10));
      InitScheme scheme = new EmergencePromoting(Kaiming.normal(7), DepthProfile.geometric(2));
      System.out.println(scheme.plan(kernels));
      KernelInitializer first = scheme.initializer(kernels.get(0), 2);
      Variable<TFloat32> w1 = tf.variable(first.call(tf, Shape.of(784, 256)));
      // end

      Placeholder<TFloat32> input =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 784)));
      Operand<TFloat32> hidden = tf.nn.relu(tf.linalg.matMul(input, w1));
      Operand<TFloat32> w2 = scheme.initializer(kernels.get(1), 2).call(tf, Shape.of(256, 10));
      Operand<TFloat32> logits = tf.linalg.matMul(hidden, w2);
      // begin: probe
      Network network =
          Network.chain(List.of(new Layer("hidden", 256, 200_960), new Layer("logits", 10, 2_570)));
      ActivityProbe probe =
          ActivityProbe.build(
              tf,
              List.of(new Tap("hidden", hidden), new Tap("logits", logits)),
              ActivityRule.DEFAULT);
      try (Result result = session.runner().feed(input, images).fetch(probe.restart()).run()) {
        ActivityCounts counts = probe.read((TFloat64) result.get(0));
        Emergence emergence = LayerEmergence.PUBLISHED.measure(network, counts);
        System.out.println("log10 E = " + emergence.log10());
      }
      // end
    }
  }

  @Test
  void models_layers_work() {
    // begin: layers
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node image = plan.input(new InputSpec("input", TFloat32.class, Shape.of(28, 28, 1)));
    Blueprint.Node stem = plan.add(Conv2d.of("stem", 16, 3, Activation.RELU).withStride(2), image);
    Blueprint.Node branch = plan.add(DepthwiseConv2d.of("depthwise", 3, Activation.RELU), stem);
    branch = plan.add(Conv2d.of("pointwise", 16, 1, Activation.LINEAR), branch);
    Blueprint.Node sum = plan.add(new Add("add"), stem, branch);
    Blueprint.Node x = plan.add(new GlobalPool("pool", Pooling.AVERAGE), sum);
    x = plan.add(new Dropout("dropout", 0.2), plan.add(new Flatten("flatten"), x));
    Blueprint blueprint = plan.build(plan.add(new Dense("logits", 10, Activation.LINEAR), x));
    Model model = () -> blueprint;
    System.out.println(model.network().parameters());
    // end
    // Kernels and biases of a convolution, a depthwise one, one of 1 x 1, a dense layer.
    assertThat(model.network().parameters())
        .isEqualTo((9 * 16 + 16) + (9 * 16 + 16) + (16 * 16 + 16) + (16 * 10 + 10));
    assertThat(model.kernels().stream().map(Kernel::rank)).containsExactly(1, 2, 3, 4);
  }

  @Test
  void models_vision_works() {
    // begin: vision
    Vgg vgg = Vgg.cifar(19, 10).withNormalisation(BatchNorm.PYTORCH);
    ResNet resNet = ResNet.imageNet(18, 10).withCifarStem();
    System.out.println(vgg.network().parameters()); // 20,040,522
    System.out.println(resNet.kernels().size()); // 21
    // end
    assertThat(vgg.network().parameters()).isEqualTo(20_040_522);
    assertThat(resNet.kernels()).hasSize(21);
  }

  @Test
  void readme_trainer_works() throws IOException {
    InitScheme scheme = Kaiming.normal(7);
    LabeledData training = data(1);
    LabeledData validation = data(2);
    // begin: callbacks
    PruningCallback pruning = PruningCallback.oneShot(20, 0.5);
    EmergenceCallback emergence =
        EmergenceCallback.builder().parameters(pruning::remainingParameters).build();
    // end

    // begin: trainer
    Mlp model = Mlp.of(784, 10, 256, 256);
    try (Trainer trainer =
        new Trainer(model, scheme, new Adam(), TrainerOptions.defaults(), emergence, pruning)) {
      trainer.fit(training, validation, 10);
      System.out.println(emergence.history().readings().get(10).log10Relative());
      SavedModelExport.write(trainer, folder.resolve("model"));
    }
    // end
    assertThat(pruning.report().masked()).isEqualTo((784 * 256 + 256 * 256 + 256 * 10) / 2);
    SavedModelBundle.load(folder.resolve("model").toString()).close();
  }

  private static TFloat32 images(int seed) {
    return TFloat32.tensorOf(Shape.of(EXAMPLES, 784), DataBuffers.of(pixels(seed)));
  }

  private static LabeledData data(int seed) {
    int[] labels = new int[EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++) {
      labels[i] = i % 10;
    }
    return new LabeledData(pixels(seed), labels, 10);
  }

  private static float[] pixels(int seed) {
    Random random = new Random(seed);
    float[] pixels = new float[EXAMPLES * 784];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    return pixels;
  }

  /** The lines between a region's markers, without their common indentation. */
  private static String region(String name) throws IOException {
    Path source =
        Path.of(
            name.equals("loop")
                ? "src/it/own-loop/src/main/java/OwnLoop.java"
                : "src/test/java/org/tfemergence/examples/SnippetsTest.java");
    List<String> lines = Files.readAllLines(source);
    int begin = indexOf(lines, "// begin: " + name, 0) + 1;
    List<String> region = lines.subList(begin, indexOf(lines, "// end", begin));
    return String.join("\n", region).stripTrailing().stripIndent() + "\n";
  }

  private static int indexOf(List<String> lines, String marker, int from) {
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).strip().equals(marker)) {
        return i;
      }
    }
    throw new IllegalArgumentException("no line '" + marker + "'");
  }
}
