package org.tfemergence.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.npz.Npz;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/** PyTorch's networks with the same weights; src/test/python/vision_reference.py made the files. */
final class VisionReferenceTest {
  private static final Path FOLDER = Path.of("src", "test", "python");

  static List<Arguments> networks() {
    Vgg vgg =
        new Vgg(
            ImageShape.CIFAR,
            ImmutableList.of(filters(4, 3), filters(5), filters(6), filters(4), filters(7)),
            ImmutableList.of(),
            5,
            0,
            Optional.of(BatchNorm.PYTORCH));
    Vgg dense =
        new Vgg(
            new ImageShape(32, 64, 3),
            ImmutableList.of(filters(4), filters(5, 3), filters(6), filters(4), filters(7)),
            filters(9, 8),
            5,
            0,
            Optional.empty());
    ResNet padding =
        small(
            ResNet.Shortcut.PADDING,
            Optional.of(BatchNorm.PYTORCH),
            ImmutableList.of(
                ImmutableList.of(ResidualBlock.of(3, 4), ResidualBlock.of(4, 4)),
                ImmutableList.of(ResidualBlock.of(5, 8)),
                ImmutableList.of(ResidualBlock.of(6, 9), ResidualBlock.of(2, 9))));
    ResNet plain =
        small(
            ResNet.Shortcut.PROJECTION,
            Optional.empty(),
            ImmutableList.of(
                ImmutableList.of(ResidualBlock.of(3, 4)),
                ImmutableList.of(ResidualBlock.of(5, 6), ResidualBlock.of(2, 3, 6))));
    return List.of(
        Arguments.of("vgg.npz", vgg),
        Arguments.of("vgg_dense.npz", dense),
        Arguments.of("resnet_padding.npz", padding),
        Arguments.of("resnet_plain.npz", plain),
        Arguments.of(
            "resnet_basic.npz",
            resNet(
                ImmutableList.of(ResidualBlock.of(4, 4), ResidualBlock.of(3, 4)),
                ImmutableList.of(ResidualBlock.of(5, 6), ResidualBlock.of(6, 6)))),
        Arguments.of(
            "resnet_bottleneck.npz",
            resNet(
                ImmutableList.of(ResidualBlock.of(2, 3, 8)),
                ImmutableList.of(ResidualBlock.of(3, 2, 12), ResidualBlock.of(4, 3, 12)))));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void call_fixedWeights_givesPyTorchsLogitsMovingAveragesAndGradients(String file, Model model)
      throws IOException {
    Npz arrays = Npz.read(FOLDER.resolve(file));
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      Model.Built built = model.build(variables, Kaiming.normal(1));
      Value images = Value.of(constant(run, arrays, "images"));
      Model.Head evaluation =
          built.call(Pass.inference(tf.withSubScope("evaluation")), List.of(images));
      Pass pass = Pass.training(tf.withSubScope("training"), 1, tf.constant(1L));
      Model.Head training = built.call(pass, List.of(images));
      List<Op> set = new ArrayList<>();
      for (Variable variable : variables.all()) {
        assertThat(arrays.shapes()).containsEntry(variable.name(), variable.shape());
        set.add(variable.weight().assign(tf, constant(run, arrays, variable.name())));
      }
      Op assigned = tf.withControlDependencies(set).noOp();
      boolean differentiated = arrays.shapes().containsKey("weights");
      List<Gradient> gradients =
          differentiated ? gradients(run, variables, training, arrays) : List.of();

      run.run(assigned);
      requireClose(run.floats(evaluation.logits()), arrays, "evaluation");
      requireClose(run.floats(training.logits()), arrays, "training");
      for (Pass.Assignment assignment : pass.assignments()) {
        requireClose(
            run.floats(assignment.value()), arrays, "after/" + assignment.variable().name());
      }
      for (Gradient gradient : gradients) {
        requireClose(
            run.floats(gradient.value()), arrays, "gradient/" + gradient.variable().name());
      }
      assertThat(arrays.shapes())
          .hasSize(
              3
                  + variables.all().size()
                  + pass.assignments().size()
                  + (differentiated ? 1 + variables.trainable().size() : 0));
    }
  }

  private static void requireClose(float[] values, Npz arrays, String name) throws IOException {
    double[] expected = doubles(arrays.floats(name));
    double greatest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertThat(doubles(values))
        .as(name)
        .containsExactly(expected, within(1e-4 * Math.max(1, greatest)));
  }

  /** Of the logits in training, weighed, by all that is trained. */
  private static List<Gradient> gradients(
      GraphRun run, Variables variables, Model.Head training, Npz arrays) throws IOException {
    Ops tf = run.tf();
    Operand<TFloat32> loss =
        tf.reduceSum(
            tf.math.mul(training.logits(), constant(run, arrays, "weights")),
            tf.constant(new int[] {0, 1}));
    return Gradient.of(run.graph(), loss, variables.trainable());
  }

  private static ResNet small(
      ResNet.Shortcut shortcut,
      Optional<BatchNorm> normalization,
      ImmutableList<ImmutableList<ResidualBlock>> stages) {
    return new ResNet(
        new ImageShape(9, 7, 3), ResNet.Stem.CIFAR, 4, stages, shortcut, 5, normalization);
  }

  private static ResNet resNet(
      ImmutableList<ResidualBlock> first, ImmutableList<ResidualBlock> second) {
    return new ResNet(
        new ImageShape(22, 30, 3),
        ResNet.Stem.IMAGENET,
        4,
        ImmutableList.of(first, second),
        ResNet.Shortcut.PROJECTION,
        5,
        Optional.of(BatchNorm.PYTORCH));
  }

  private static ImmutableList<Integer> filters(Integer... filters) {
    return ImmutableList.copyOf(filters);
  }

  private static Operand<TFloat32> constant(GraphRun run, Npz arrays, String name)
      throws IOException {
    return run.constant(arrays.shapes().get(name), arrays.floats(name));
  }
}
