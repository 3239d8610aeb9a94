package org.tfemergence.models.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Ints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Attention;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Bias;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Conv2d;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.DepthwiseConv2d;
import org.tfemergence.models.layer.Embedding;
import org.tfemergence.models.layer.Flatten;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.LayerNorm;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Padding;
import org.tfemergence.models.layer.Sliding;
import org.tfemergence.models.npz.Npz;
import org.tfemergence.models.testing.OpenModel;
import org.tfemergence.models.text.TorchTransformer;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.vision.ResNet;
import org.tfemergence.models.vision.ResidualBlock;
import org.tfemergence.models.vision.TorchVision;
import org.tfemergence.models.vision.Vgg;

/**
 * Weights as PyTorch and Keras save them give what they give there; src/test/python/
 * import_reference.py made the files.
 */
final class ImportTest {
  private static final Path FOLDER = Path.of("src", "test", "python");
  private static final ImageShape IMAGE = new ImageShape(8, 12, 3);

  @ParameterizedTest
  @CsvSource({"torch_transformer.npz, PRE", "torch_transformer_post.npz, POST"})
  void transformer_ofPyTorch_givesItsLogits(String name, Transformer.Norm norm) throws IOException {
    Transformer model = Transformer.of(11, 13, 5, 2, 8, 2, 12).withNorm(norm);
    WeightMap map =
        TorchTransformer.blocks(model, "transformer")
            .torchEmbedding("encoder/embedding", "source")
            .torchEmbedding("decoder/embedding", "target")
            .leave("x")
            .leave("y")
            .leave("logits")
            .build();
    Path file = FOLDER.resolve(name);
    Npz arrays = Npz.read(file);
    int[] target = ids(arrays, "y");
    try (OpenModel open = new OpenModel(model, Kaiming.normal(1));
        TInt32 x = TInt32.tensorOf(arrays.shapes().get("x"), DataBuffers.of(ids(arrays, "x")));
        TInt32 y = TInt32.tensorOf(arrays.shapes().get("y"), DataBuffers.of(target))) {
      WeightTransfer.all(WeightSource.npz(file), open.variables(), map);

      double[] expected = doubles(arrays.floats("logits"));
      double[] logits = doubles(open.logits(x, y));
      for (int i = 0; i < expected.length; i++) {
        if (target[i / 13] != 0) { // what a query at padding gives is nobody's business
          assertThat(logits[i]).as("logit %d", i).isCloseTo(expected[i], within(1e-5));
        }
      }
    }
  }

  static List<Arguments> images() {
    ImmutableList<ImmutableList<Integer>> stages = ImmutableList.of(filters(4), filters(5, 6));
    Vgg plain = new Vgg(IMAGE, stages, filters(7), 5, 0.5, Optional.empty());
    Vgg normalized = plain.withNormalization(BatchNorm.PYTORCH);
    ResNet basic =
        resNet(
            ImmutableList.of(ResidualBlock.of(4, 4)),
            ImmutableList.of(ResidualBlock.of(5, 6), ResidualBlock.of(6, 6)));
    ResNet bottleneck =
        resNet(
            ImmutableList.of(ResidualBlock.of(2, 3, 8)),
            ImmutableList.of(ResidualBlock.of(3, 2, 12)));
    return List.of(
        Arguments.of("torch_vgg.npz", plain, TorchVision.of(plain)),
        Arguments.of("torch_vgg_bn.npz", normalized, TorchVision.of(normalized)),
        Arguments.of("torch_resnet.npz", basic, TorchVision.of(basic)),
        Arguments.of("torch_bottleneck.npz", bottleneck, TorchVision.of(bottleneck)));
  }

  @ParameterizedTest
  @MethodSource("images")
  void images_ofTorchvision_giveItsLogits(String file, Model model, WeightMap map)
      throws IOException {
    requireSame(file, model, map, "logits");
  }

  @Test
  void depthwise_ofKeras_givesItsOutput() throws IOException {
    WeightMap map =
        WeightMap.builder()
            .put("depthwise/kernel", "depthwise/kernel", Layout.kerasDepthwise(2))
            .put("depthwise/bias", "depthwise/bias", Layout.AS_IS)
            .build();
    requireSame("keras_depthwise.npz", depthwise(Shape.of(5, 4, 3)), map, "output");
  }

  @Test
  void depthwise_ofPyTorch_givesItsOutput() throws IOException {
    WeightMap map = WeightMap.builder().torchConvolution("depthwise", "depthwise").build();
    requireSame("torch_depthwise.npz", depthwise(Shape.of(8, 12, 3)), map, "output");
  }

  /** A convolution, batch normalization, a convolution in groups, a dense layer behind a map. */
  @Test
  void images_ofKeras_giveTheirLogits() throws IOException {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(new InputSpec("x", TFloat32.class, Shape.of(6, 4, 4)));
    x = plan.add(Conv2d.of("conv", 6, 3, Activation.RELU).withNormalization(BatchNorm.KERAS), x);
    x = plan.add(Conv2d.of("groups", 4, 3, Activation.LINEAR).withStride(2).withGroups(2), x);
    x = plan.add(new Flatten("flatten"), x);
    Blueprint blueprint = plan.build(plan.add(new Dense("logits", 5, Activation.LINEAR), x));
    WeightMap map =
        WeightMap.builder()
            .put("conv/kernel", "images/conv/kernel", Layout.AS_IS)
            .put("conv/bias", "images/conv/bias", Layout.AS_IS)
            .put("conv/gain", "images/norm/gamma", Layout.AS_IS)
            .put("conv/offset", "images/norm/beta", Layout.AS_IS)
            .put("conv/moving_mean", "images/norm/moving_mean", Layout.AS_IS)
            .put("conv/moving_variance", "images/norm/moving_variance", Layout.AS_IS)
            .put("groups/kernel", "images/groups/kernel", Layout.AS_IS)
            .put("groups/bias", "images/groups/bias", Layout.AS_IS)
            .put("logits/kernel", "images/logits/kernel", Layout.AS_IS)
            .put("logits/bias", "images/logits/bias", Layout.AS_IS)
            .build();
    requireSame("keras_images.npz", () -> blueprint, map, "output");
  }

  /** An embedding, whose rows are multiplied here, layer normalization, a dense layer. */
  @Test
  void tokens_ofKeras_giveTheirLogits() throws IOException {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x =
        plan.add(new Embedding("embedding", 11, 6), plan.input(InputSpec.ids("x", 4, 11)));
    x = plan.add(new LayerNorm("norm", 1e-3), x);
    Blueprint blueprint = plan.build(plan.add(new Dense("logits", 5, Activation.LINEAR), x));
    WeightMap map =
        WeightMap.builder()
            .put("embedding/table", "tokens/embedding/embeddings", Layout.AS_IS)
            .put("norm/gain", "tokens/norm/gamma", Layout.AS_IS)
            .put("norm/offset", "tokens/norm/beta", Layout.AS_IS)
            .put("logits/kernel", "tokens/logits/kernel", Layout.AS_IS)
            .put("logits/bias", "tokens/logits/bias", Layout.AS_IS)
            .build();
    Npz arrays = Npz.read(FOLDER.resolve("keras_tokens.npz"));
    try (TInt32 ids = TInt32.tensorOf(arrays.shapes().get("x"), DataBuffers.of(ids(arrays, "x")))) {
      requireSame("keras_tokens.npz", () -> blueprint, map, "output", ids);
    }
  }

  @Test
  void attention_ofKeras_givesItsOutput() throws IOException {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(new InputSpec("x", TFloat32.class, Shape.of(4, 6)));
    Blueprint.Node context =
        plan.add(
            new Attention("block/context", 2, Reach.ALL),
            plan.add(new Dense("block/queries", 6, Activation.LINEAR), x),
            plan.add(new Dense("block/keys", 6, Activation.LINEAR), x),
            plan.add(new Dense("block/values", 6, Activation.LINEAR), x));
    Blueprint blueprint =
        plan.build(plan.add(new Dense("block/projection", 6, Activation.LINEAR), context));
    WeightMap map = WeightMap.builder().kerasAttention("block", "attention", 2).build();
    requireSame("keras_attention.npz", () -> blueprint, map, "output");
  }

  @Test
  void torchVision_withoutNormalization_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TorchVision.of(ResNet.imageNet(18, 5).withoutNormalization()))
        .withMessageContaining("must be normalized");
  }

  private static void requireSame(String name, Model model, WeightMap map, String output)
      throws IOException {
    Npz arrays = Npz.read(FOLDER.resolve(name));
    try (TFloat32 x =
        TFloat32.tensorOf(arrays.shapes().get("x"), DataBuffers.of(arrays.floats("x")))) {
      requireSame(name, model, map, output, x);
    }
  }

  private static void requireSame(String name, Model model, WeightMap map, String output, Tensor x)
      throws IOException {
    Path file = FOLDER.resolve(name);
    WeightMap all =
        new WeightMap(
            map.taken(),
            ImmutableSet.<String>builder().addAll(map.left()).add("x", output).build());
    try (OpenModel open = new OpenModel(model, Kaiming.normal(1))) {
      WeightTransfer.all(WeightSource.npz(file), open.variables(), all);

      assertThat(doubles(open.logits(x)))
          .containsExactly(doubles(Npz.read(file).floats(output)), within(1e-5));
    }
  }

  private static Model depthwise(Shape image) {
    Blueprint.Builder plan = Blueprint.builder();
    DepthwiseConv2d layer =
        new DepthwiseConv2d(
            "depthwise",
            2,
            Sliding.square(3, 1, Padding.SAME),
            Bias.ADDED,
            Optional.empty(),
            Activation.LINEAR);
    Blueprint blueprint =
        plan.build(plan.add(layer, plan.input(new InputSpec("x", TFloat32.class, image))));
    return () -> blueprint;
  }

  private static ResNet resNet(
      ImmutableList<ResidualBlock> first, ImmutableList<ResidualBlock> second) {
    return new ResNet(
        IMAGE,
        ResNet.Stem.IMAGENET,
        4,
        ImmutableList.of(first, second),
        ResNet.Shortcut.PROJECTION,
        5,
        Optional.of(BatchNorm.PYTORCH));
  }

  private static ImmutableList<Integer> filters(int... filters) {
    return ImmutableList.copyOf(Ints.asList(filters));
  }

  private static int[] ids(Npz arrays, String name) throws IOException {
    float[] values = arrays.floats(name);
    return IntStream.range(0, values.length).map(i -> (int) values[i]).toArray();
  }
}
