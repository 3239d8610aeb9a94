package org.tfemergence.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Dropout;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

final class VggTest {
  /** Numbers of torchvision's documentation of its models. */
  @ParameterizedTest
  @CsvSource({
    "11, 132863336, 132868840",
    "13, 133047848, 133053736",
    "16, 138357544, 138365992",
    "19, 143667240, 143678248"
  })
  void imageNet_hasTorchvisionsNumberOfParameters(int depth, long plain, long normalized) {
    Vgg vgg = Vgg.imageNet(depth, 1000);

    assertThat(vgg.network().parameters()).isEqualTo(plain);
    assertThat(vgg.withNormalization(BatchNorm.PYTORCH).network().parameters())
        .isEqualTo(normalized);
    assertThat(vgg.network().layers()).hasSize(depth);
  }

  @Test
  void imageNet_dropsHalfBehindEachHiddenDenseLayer() {
    assertThat(
            Vgg.imageNet(11, 10).blueprint().layers().entrySet().stream()
                .filter(layer -> layer.getKey() instanceof Dropout))
        .containsExactly(
            Map.entry(new Dropout("dropout_1", 0.5), ImmutableList.of("dense_1")),
            Map.entry(new Dropout("dropout_2", 0.5), ImmutableList.of("dense_2")));
  }

  /** Torchvision's convolutions and one dense layer, 513 x 10. */
  @ParameterizedTest
  @CsvSource({"11, 9225610, 9231114", "13, 9410122, 9416010", "16, 14719818, 14728266"})
  void cifar_hasTorchvisionsConvolutionsAndOneDenseLayer(int depth, long plain, long normalized) {
    Vgg vgg = Vgg.cifar(depth, 10);

    assertThat(vgg.network().parameters()).isEqualTo(plain);
    assertThat(vgg.withNormalization(BatchNorm.PYTORCH).network().parameters())
        .isEqualTo(normalized);
  }

  /** The numbers of GradInit's VGG-19 (arXiv 2102.08098): torchvision's with one dense layer. */
  @Test
  void cifar_hasGradInitsNumberOfParameters() {
    Vgg vgg = Vgg.cifar(19, 10);

    assertThat(vgg.network().parameters()).isEqualTo(20_029_514);
    assertThat(vgg.withNormalization(BatchNorm.KERAS).network().parameters()).isEqualTo(20_040_522);
  }

  @Test
  void cifar_hasSeventeenLayersInARow() {
    Vgg vgg = Vgg.cifar(19, 10);
    List<Layer> layers = vgg.network().layers();

    assertThat(layers.stream().map(Layer::name).limit(16))
        .isEqualTo(IntStream.rangeClosed(1, 16).mapToObj(i -> "conv_" + i).toList());
    assertThat(layers.get(16)).isEqualTo(new Layer("logits", 10, 5130));
    assertThat(layers.stream().map(layer -> layer.shape().get(0)))
        .containsExactly(32L, 32L, 16L, 16L, 8L, 8L, 8L, 8L, 4L, 4L, 4L, 4L, 2L, 2L, 2L, 2L, 10L);
    assertThat(layers.stream().map(Layer::channels))
        .containsExactly(
            64L, 64L, 128L, 128L, 256L, 256L, 256L, 256L, 512L, 512L, 512L, 512L, 512L, 512L, 512L,
            512L, 10L);
    for (int i = 0; i < 16; i++) {
      assertThat(vgg.network().successors(i)).containsExactly(i + 1);
    }
    assertThat(vgg.kernels().stream().map(Kernel::rank))
        .isEqualTo(IntStream.rangeClosed(1, 17).boxed().toList());
    assertThat(vgg.blueprint().outputShape()).isEqualTo(Shape.of(10));
  }

  @Test
  void withFilters_isTheSameNetworkNarrower() {
    Vgg vgg = Vgg.cifar(11, 10).withFilters(List.of(1, 2, 3, 4, 5, 6, 7, 8));

    assertThat(vgg.network().layers().stream().map(Layer::channels))
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 10L);
    assertThat(vgg.network().parameters())
        .isEqualTo(9 * (3 + 2 + 6 + 12 + 20 + 30 + 42 + 56) + 36 + 8 * 10 + 10);
    assertThat(Vgg.cifar(11, 10).withFilters(List.of(64, 128, 256, 256, 512, 512, 512, 512)))
        .isEqualTo(Vgg.cifar(11, 10));
  }

  @Test
  void build_makesAsManyVariablesAsTheNetworkHasParameters() {
    Vgg vgg =
        Vgg.cifar(13, 10)
            .withFilters(Collections.nCopies(10, 4))
            .withNormalization(BatchNorm.KERAS);
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      vgg.build(variables, Kaiming.normal(1));

      assertThat(variables.trainable().stream().mapToLong(v -> v.shape().size()).sum())
          .isEqualTo(vgg.network().parameters());
      assertThat(variables.all().stream().filter(v -> v.role() == Variable.Role.STATISTIC))
          .hasSize(20);
    }
  }

  @Test
  void vgg_badSizes_areRefusedWithTheirValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Vgg.cifar(12, 10))
        .withMessage("depth must be one of [11, 13, 16, 19], got 12");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Vgg.cifar(11, 1))
        .withMessage("classes must be at least 2, got 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Vgg.cifar(11, 10).withFilters(List.of(1, 2)))
        .withMessage("filters must be given for 8 convolutions, got 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Vgg.cifar(11, 10).withFilters(List.of(1, 2, 0, 4, 5, 6, 7, 8)))
        .withMessage("layer 'conv_3': filters must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Vgg(
                    new ImageShape(16, 16, 3),
                    Vgg.cifar(11, 10).stages(),
                    ImmutableList.of(),
                    10,
                    0,
                    Optional.empty()))
        .withMessage(
            "layer 'pool_5': the window of 2 x 2 must fit into the padded map, got [1, 1, 512]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageShape(0, 2, 3))
        .withMessage("image must be at least 1 x 1 x 1, got 0 x 2 x 3");
  }
}
