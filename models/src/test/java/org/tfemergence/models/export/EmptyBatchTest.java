package org.tfemergence.models.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.Activate;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Add;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.BatchNormLayer;
import org.tfemergence.models.layer.Bias;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Concat;
import org.tfemergence.models.layer.Conv2d;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.DepthwiseConv2d;
import org.tfemergence.models.layer.Dropout;
import org.tfemergence.models.layer.Flatten;
import org.tfemergence.models.layer.GlobalPool;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.LayerNorm;
import org.tfemergence.models.layer.LayerSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.PadChannels;
import org.tfemergence.models.layer.Padding;
import org.tfemergence.models.layer.Pool;
import org.tfemergence.models.layer.Pooling;
import org.tfemergence.models.layer.Sliding;
import org.tfemergence.models.testing.OpenModel;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.vision.ConvNet;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.models.vision.ResNet;
import org.tfemergence.models.vision.ResidualBlock;
import org.tfemergence.models.vision.Vgg;

/** Of no examples, an exported model makes no answers; it does not fail. */
final class EmptyBatchTest {
  private static final ImageShape IMAGE = new ImageShape(8, 8, 4);
  private static final Optional<BatchNorm> NORM = Optional.of(BatchNorm.PYTORCH);

  @TempDir private Path folder;

  static List<Named<Model>> models() {
    ImmutableList<ImmutableList<ResidualBlock>> stages =
        ImmutableList.of(
            ImmutableList.of(ResidualBlock.of(4, 4)), ImmutableList.of(ResidualBlock.of(6, 6)));
    Vgg vgg =
        new Vgg(
            IMAGE,
            ImmutableList.of(ImmutableList.of(4), ImmutableList.of(6, 5)),
            ImmutableList.of(7),
            3,
            0.5,
            NORM);
    return List.of(
        Named.of("perceptron", Mlp.of(6, 3, 7, 5)),
        Named.of("ConvNet", ConvNet.of(IMAGE, 3, 8, 4, 6)),
        Named.of("VGG, normalized", vgg),
        Named.of(
            "residual network, projections",
            new ResNet(IMAGE, ResNet.Stem.CIFAR, 4, stages, ResNet.Shortcut.PROJECTION, 3, NORM)),
        Named.of(
            "residual network, padding",
            new ResNet(IMAGE, ResNet.Stem.CIFAR, 4, stages, ResNet.Shortcut.PADDING, 3, NORM)),
        Named.of("Transformer", Transformer.of(11, 13, 5, 2, 8, 2, 12)));
  }

  static Stream<Named<LayerSpec>> layers() {
    Sliding unequal = new Sliding(2, 3, 1, 2, Padding.SAME);
    Conv2d conv = Conv2d.of("layer", 8, 3, Activation.RELU);
    return Stream.<LayerSpec>of(
            conv,
            conv.withNormalization(BatchNorm.PYTORCH),
            conv.withBias(Bias.NONE).withNormalization(BatchNorm.PYTORCH),
            conv.withPadding(Padding.around(1)).withStride(2),
            conv.withGroups(2).withNormalization(BatchNorm.PYTORCH),
            conv.withGroups(4),
            conv.withGroups(4).withWindow(unequal),
            conv.withWindow(new Sliding(2, 6, 1, 4, Padding.VALID)),
            DepthwiseConv2d.of("layer", 3, Activation.TANH),
            new BatchNormLayer("layer", BatchNorm.PYTORCH, Activation.RELU),
            Pool.max("layer", 2),
            Pool.average("layer", 2),
            new Pool("layer", Pooling.MAX, Sliding.square(3, 2, Padding.around(1))),
            new Pool("layer", Pooling.AVERAGE, Sliding.square(15, 1, Padding.SAME)),
            new GlobalPool("layer", Pooling.MAX),
            new GlobalPool("layer", Pooling.AVERAGE),
            new Flatten("layer"),
            new PadChannels("layer", 5),
            new Activate("layer", Activation.GELU),
            new Dropout("layer", 0.5),
            new LayerNorm("layer"),
            new Dense("layer", 3, Activation.RELU))
        .map(layer -> Named.of(layer.toString(), layer));
  }

  @ParameterizedTest
  @MethodSource("models")
  void run_noExamples_givesNoAnswers(Model model) throws IOException {
    check(model);
  }

  @ParameterizedTest
  @MethodSource("layers")
  void run_noExamples_givesNoAnswers(LayerSpec layer) throws IOException {
    check(
        plan -> {
          Blueprint.Node x = plan.input(new InputSpec("input", TFloat32.class, Shape.of(8, 8, 4)));
          return plan.add(new Dense("logits", 3, Activation.LINEAR), plan.add(layer, x));
        });
  }

  @Test
  void run_noExamples_ofJoinedLayers_givesNoAnswers() throws IOException {
    check(
        plan -> {
          Blueprint.Node x = plan.input(new InputSpec("input", TFloat32.class, Shape.of(6)));
          Blueprint.Node dense = plan.add(new Dense("dense", 6, Activation.RELU), x);
          Blueprint.Node norm =
              plan.add(new BatchNormLayer("norm", BatchNorm.PYTORCH, Activation.RELU), dense);
          return plan.add(new Concat("both"), plan.add(new Add("sum"), x, norm), x);
        });
  }

  private interface Plan {
    Blueprint.Node output(Blueprint.Builder plan);
  }

  private void check(Plan plan) throws IOException {
    Blueprint.Builder builder = Blueprint.builder();
    Blueprint blueprint = builder.build(plan.output(builder));
    check((Model) () -> blueprint);
  }

  private void check(Model model) throws IOException {
    Path directory = folder.resolve("model");
    try (OpenModel open = new OpenModel(model, Kaiming.normal(1))) {
      SavedModelExport.of(model).write(open.variables(), directory);
    }
    try (SavedModelBundle bundle = SavedModelBundle.load(directory.toString())) {
      for (Map.Entry<String, SignatureDef> signature :
          bundle.metaGraphDef().getSignatureDefMap().entrySet()) {
        // A step of a Transformer's decoding has as many rows as a sentence has of them.
        for (Map.Entry<String, Shape> output :
            run(bundle.session(), signature.getValue()).entrySet()) {
          TensorInfo declared = signature.getValue().getOutputsOrThrow(output.getKey());
          assertThat(output.getValue().numDimensions())
              .isEqualTo(declared.getTensorShape().getDimCount());
          assertThat(output.getValue().get(0)).as("%s", signature.getKey()).isZero();
          for (int i = 1; i < output.getValue().numDimensions(); i++) {
            long size = declared.getTensorShape().getDim(i).getSize();
            assertThat(size).isIn(-1L, output.getValue().get(i));
          }
        }
      }
    }
  }

  private static Map<String, Shape> run(Session session, SignatureDef signature) {
    Session.Runner runner = session.runner();
    List<Tensor> fed =
        signature.getInputsMap().values().stream()
            .map(
                input -> {
                  Tensor tensor = empty(input);
                  runner.feed(input.getName(), tensor);
                  return tensor;
                })
            .toList();
    List<String> names = List.copyOf(signature.getOutputsMap().keySet());
    names.forEach(name -> runner.fetch(signature.getOutputsOrThrow(name).getName()));
    Map<String, Shape> shapes = new LinkedHashMap<>();
    try (Result result = runner.run()) {
      for (int i = 0; i < names.size(); i++) {
        shapes.put(names.get(i), result.get(i).shape());
      }
    } finally {
      fed.forEach(Tensor::close);
    }
    return shapes;
  }

  /* No examples, each of as many positions as there may be, or of three; a scalar of one. */
  private static Tensor empty(TensorInfo input) {
    long[] sizes =
        input.getTensorShape().getDimList().stream()
            .mapToLong(dimension -> dimension.getSize() == -1 ? 3 : dimension.getSize())
            .toArray();
    if (sizes.length > 0) {
      sizes[0] = 0;
    }
    Shape shape = Shape.of(sizes);
    return input.getDtype() == DataType.DT_INT32
        ? TInt32.tensorOf(shape, values -> values.scalars().forEach(value -> value.setInt(1)))
        : TFloat32.tensorOf(shape);
  }
}
