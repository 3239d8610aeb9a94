package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.objective.Classification;
import org.tfemergence.models.optimize.GradientTransform;
import org.tfemergence.models.optimize.Sgd;
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
