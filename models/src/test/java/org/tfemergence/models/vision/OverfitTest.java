package org.tfemergence.models.vision;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.variable.Variables;

/** Whether a narrow network of each kind learns one batch of noise by heart. */
final class OverfitTest {
  private static final int BATCH = 8;
  private static final int CLASSES = 4;

  static List<Model> networks() {
    ImageShape small = new ImageShape(8, 8, 3);
    ImmutableList<ImmutableList<ResidualBlock>> stages =
        ImmutableList.of(
            ImmutableList.of(ResidualBlock.of(4, 6)), ImmutableList.of(ResidualBlock.of(6, 4, 8)));
    return List.of(
        new ConvNet(
            small,
            ImmutableList.of(6, 8),
            ImmutableList.of(16),
            CLASSES,
            Activation.RELU,
            Optional.empty()),
        new Vgg(
            ImageShape.CIFAR,
            ImmutableList.of(
                ImmutableList.of(4),
                ImmutableList.of(6),
                ImmutableList.of(8, 8),
                ImmutableList.of(8),
                ImmutableList.of(8)),
            ImmutableList.of(12),
            CLASSES,
            0,
            Optional.of(BatchNorm.PYTORCH)),
        new ResNet(
            small,
            ResNet.Stem.CIFAR,
            6,
            stages,
            ResNet.Shortcut.PADDING,
            CLASSES,
            Optional.of(BatchNorm.PYTORCH)),
        new ResNet(
            small,
            ResNet.Stem.CIFAR,
            6,
            stages,
            ResNet.Shortcut.PROJECTION,
            CLASSES,
            Optional.empty()));
  }

  /** From about ln(4) to near zero; labels have nothing to do with the images. */
  @ParameterizedTest
  @MethodSource("networks")
  void train_oneBatch_isLearntByHeart(Model model) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      Model.Built built = model.build(variables, Kaiming.normal(1));
      Shape shape = Shape.of(BATCH).append(model.blueprint().inputs().get(0).shape());
      Operand<TFloat32> images = run.constant(shape, Examples.features((int) shape.size(), 2));
      float[] labels = new float[BATCH * CLASSES];
      for (int i = 0; i < BATCH; i++) {
        labels[i * CLASSES + i * 3 / 2 % CLASSES] = 1;
      }
      Pass pass = Pass.training(tf, 1, tf.constant(1L));
      Operand<TFloat32> logits = built.call(pass, List.of(Value.of(images))).logits();
      Operand<TFloat32> loss =
          tf.math.mean(
              tf.nn
                  .softmaxCrossEntropyWithLogits(
                      logits, run.constant(Shape.of(BATCH, CLASSES), labels))
                  .loss(),
              tf.constant(0));
      List<Gradient> gradients = Gradient.of(run.graph(), loss, variables.trainable());
      Op update = new Adam().update(tf, variables, gradients, tf.constant(0.01f));
      float first = run.floats(loss)[0];
      for (int i = 0; i < 150; i++) {
        run.run(update);
      }

      assertThat(first).isGreaterThan(0.5f);
      assertThat(run.floats(loss)[0]).isLessThan(0.02f);
    }
  }
}
