package org.tfemergence.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Floats;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.graph.ActivityProbe;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.trace.NetworkTracer;
import org.tfemergence.emergence.trace.TracedNetwork;
import org.tfemergence.emergence.trace.Unknown;
import org.tfemergence.init.initializer.EmergencePromoting;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.init.initializer.Xavier;
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
import org.tfemergence.prune.graph.Pruner;
import org.tfemergence.prune.mask.Allocation;

/**
 * The code in the documents: it stands here between markers and runs; {@link DocumentsTest} holds
 * the documents to it.
 */
@SuppressWarnings("SystemOut") // as a reader would print
final class SnippetsTest {
  private static final int EXAMPLES = 256;

  @TempDir Path folder;

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
      // Each kernel's name, rank from the input, and shape.
      List<Kernel> kernels = List.of(Kernel.of("w1", 1, 784, 256), Kernel.of("w2", 2, 256, 10));
      InitScheme scheme = new EmergencePromoting(Kaiming.normal(7), DepthProfile.geometric(2));
      System.out.println(scheme.plan(kernels));
      Map<String, KernelInitializer> initializers = scheme.initializers(kernels);
      Variable<TFloat32> w1 = tf.variable(initializers.get("w1").call(tf, Shape.of(784, 256)));
      // end

      Placeholder<TFloat32> input =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 784)));
      Operand<TFloat32> hidden = tf.nn.relu(tf.linalg.matMul(input, w1));
      Operand<TFloat32> w2 = initializers.get("w2").call(tf, Shape.of(256, 10));
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
        ActivityCounts counts = probe.restart().read(result);
        Emergence emergence = LayerEmergence.PUBLISHED.measure(network, counts);
        System.out.println("log10 E = " + emergence.log10());
      }
      // end
    }
  }

  @Test
  void readme_pruner_works() {
    try (Graph graph = new Graph();
        Session session = new Session(graph);
        TFloat32 images = images(1)) {
      Ops tf = Ops.create(graph);
      Placeholder<TFloat32> x =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 784)));
      Ops init = tf.withInitScope();
      Variable<TFloat32> w1 = init.variable(Kaiming.normal(1).call(init, Shape.of(784, 16)));
      Variable<TFloat32> w2 = init.variable(Xavier.uniform(2).call(init, Shape.of(16, 10)));
      Operand<TFloat32> rate = tf.constant(0.1f);
      Op update =
          tf.withControlDependencies(
                  tf.assignSub(w1, tf.math.mul(w1, rate)), tf.assignSub(w2, tf.math.mul(w2, rate)))
              .noOp();
      Operand<TFloat32> all =
          tf.concat(
              List.of(
                  tf.reshape(w1, tf.constant(new int[] {-1})),
                  tf.reshape(w2, tf.constant(new int[] {-1}))),
              tf.constant(0));
      Network network =
          Network.chain(List.of(new Layer("hidden", 16, 784 * 16), new Layer("logits", 10, 160)));
      Emergence emergence = new Emergence(BigInteger.TEN);
      // begin: pruner
      Pruner pruner =
          Pruner.build(tf, List.of(Weight.of(w1), Weight.of(w2)), update, Allocation.GLOBAL);
      // As often as you like:
      session.runner().feed(x, images).addTarget(update).run().close();
      // Once, behind an update:
      try (TInt32 keep = TInt32.vectorOf(pruner.keep(0.5))) {
        Session.Runner runner = session.runner().feed(x, images).feed(pruner.keep(), keep);
        runner.fetch(pruner.prune()).run().close();
      }
      // Behind every later update:
      session.runner().feed(x, images).fetch(pruner.enforce()).run().close();
      // What is left, by which E~ divides:
      try (Result result = session.runner().fetch(pruner.kept()).run()) {
        long remaining = pruner.kept().read(result).remaining(network.parameters());
        System.out.println("log10 E~ = " + emergence.log10Relative(remaining));
      }
      // end
      try (Result result = session.runner().fetch(all).run()) {
        float[] left = GraphRun.floats((TFloat32) result.get(0));
        assertThat(left).hasSize(784 * 16 + 16 * 10);
        assertThat(Floats.asList(left).stream().filter(value -> value == 0))
            .hasSize(left.length / 2);
      }
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
    Vgg vgg = Vgg.cifar(19, 10).withNormalization(BatchNorm.PYTORCH);
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
    // begin: served
    try (SavedModelBundle bundle = SavedModelBundle.load(folder.resolve("model").toString())) {
      TracedNetwork served = NetworkTracer.of(bundle, "serving_default").trace();
      System.out.println(served.network().layers() + " " + served.inputs());
    }
    // end
    try (SavedModelBundle bundle = SavedModelBundle.load(folder.resolve("model").toString())) {
      assertThat(NetworkTracer.of(bundle, "serving_default").trace().network())
          .isEqualTo(model.network());
    }
  }

  @Test
  void tracing_graph_works() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> images =
          tf.withName("images").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 784)));
      Operand<TFloat32> hidden =
          tf.nn.relu(
              tf.linalg.matMul(
                  images, tf.withName("hidden").variable(Shape.of(784, 5), TFloat32.class)));
      tf.withName("logits")
          .linalg
          .matMul(hidden, tf.withName("last").variable(Shape.of(5, 3), TFloat32.class));
      // begin: traced
      TracedNetwork traced =
          NetworkTracer.of(graph).input("images").output("logits").unknown(Unknown.REFUSE).trace();
      ActivityProbe probe = ActivityProbe.build(tf, traced.taps(), ActivityRule.DEFAULT);
      System.out.println(traced.network().parameters() + ", without " + traced.uncounted());
      System.out.println(traced.kernels().keySet() + ", without " + traced.hiddenKernels());
      // end
      assertThat(traced.network().parameters()).isEqualTo(784 * 5 + 5 * 3);
      assertThat(traced.kernels()).containsOnlyKeys("hidden", "last");
      assertThat(probe).isNotNull();
    }
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
}
