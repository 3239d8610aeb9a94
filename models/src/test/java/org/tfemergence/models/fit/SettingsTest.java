package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.Flatten;
import org.tfemergence.models.layer.GlobalPool;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pooling;
import org.tfemergence.models.objective.Classification;
import org.tfemergence.models.optimize.GradientTransform;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.vision.Mlp;

final class SettingsTest {
  private static final TrainerOptions OPTIONS = TrainerOptions.defaults();

  private record Part(Schedule schedule, List<Object> several, Optional<Activation> maybe) {}

  @Test
  void of_record_tellsItsComponentsWithoutWhereTheyLie() {
    Schedule function = step -> 1;
    Part part =
        new Part(function, List.of(1, function, new Object()), Optional.of(Activation.GELU));
    assertThat(Settings.of(part))
        .containsExactly(
            Map.entry("schedule", "unnamed"),
            Map.entry("several", "[1, unnamed, Object]"),
            Map.entry("maybe", "Optional[GELU]"));
    assertThat(Settings.kind(part)).isEqualTo("Part");
  }

  @Test
  void of_function_isUnnamed() {
    Model model = () -> Mlp.of(2, 3).blueprint();
    assertThat(Settings.kind(model)).isEqualTo("unnamed");
    assertThat(Settings.of(model)).isEmpty();
    assertThat(Settings.ofLayers(model)).isEqualTo(Settings.ofLayers(Mlp.of(2, 3)));
  }

  @Test
  void differences_ofTraining_nameWhatChanged() {
    assertThat(
            Settings.differences(
                training(OPTIONS),
                training(
                    OPTIONS
                        .withLearningRate(Schedule.cosine(0.01, 0, 1_000))
                        .withGradients(GradientTransform.clipByGlobalNorm(1))
                        .withHardware(Hardware.defaults().withPrecision(Precision.BFLOAT16)))))
        .satisfiesExactly(
            rate ->
                assertThat(rate)
                    .startsWith("learningRate was 0.01 at 1, 0.01 at 10, 0.01 at 100, ")
                    .endsWith(", 0.0 at 1000, 0.0 at 10000, 0.0 at 100000"),
            gradients ->
                assertThat(gradients).startsWith("gradients was Chain[").contains("ClipBy"),
            precision -> assertThat(precision).isEqualTo("precision was FLOAT32, is BFLOAT16"));
  }

  @Test
  void differences_equalFunctions_areNone() {
    assertThat(
            Settings.differences(
                training(OPTIONS.withLearningRate(step -> 0.5 / step)),
                training(OPTIONS.withLearningRate(step -> 1 / (2.0 * step)))))
        .isEmpty();
  }

  /** Asked about steps that no training may come to. */
  @Test
  void ofTraining_tableOfFewSteps_isUndefinedBehindThem() {
    double[] table = new double[1_000];
    Arrays.fill(table, 0.5);
    assertThat(training(OPTIONS.withLearningRate(step -> table[(int) step - 1])))
        .containsEntry(
            "learningRate",
            "0.5 at 1, 0.5 at 10, 0.5 at 100, 0.5 at 1000, undefined at 10000, undefined at 100000");
  }

  @Test
  void differences_ofInputs_nameShapeAndLimit() {
    assertThat(
            Settings.differences(Settings.ofLayers(averaged(32)), Settings.ofLayers(averaged(48))))
        .containsExactly("image: shape was [32, 32, 3], is [48, 48, 3]");
    assertThat(
            Settings.differences(
                Settings.ofLayers(Transformer.tiny(11, 13)),
                Settings.ofLayers(Transformer.tiny(12, 13))))
        .contains("source: limit was 11, is 12");
  }

  /** Of any size of image, with the same variables. */
  private static Model averaged(int size) {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(new InputSpec("image", TFloat32.class, Shape.of(size, size, 3)));
    x = plan.add(new Flatten("flatten"), plan.add(new GlobalPool("pool", Pooling.AVERAGE), x));
    Blueprint blueprint = plan.build(plan.add(new Dense("logits", 4, Activation.LINEAR), x));
    return () -> blueprint;
  }

  @Test
  void differences_ofLayers_nameLayersAndComponents() {
    ImmutableMap<String, String> one = Settings.ofLayers(Mlp.of(4, 2, 8));
    ImmutableMap<String, String> other =
        Settings.ofLayers(new Mlp(4, ImmutableList.of(8, 8), 2, Activation.TANH));
    assertThat(Settings.differences(one, other))
        .containsExactly(
            "dense_1: activation was RELU, is TANH",
            "logits was Dense of dense_1, is Dense of dense_2",
            "dense_2 was not, is Dense of dense_1");
  }

  /** A component that one version knows and another does not is no difference. */
  @Test
  void differences_componentOfOneSideAlone_isNone() {
    assertThat(
            Settings.differences(
                Map.of("a", "Dense of x", "a: units", "3"), Map.of("a", "Dense of x", "a: c", "1")))
        .isEmpty();
  }

  private static ImmutableMap<String, String> training(TrainerOptions options) {
    return Settings.ofTraining(new Classification(), new Sgd(0.9), options);
  }
}
