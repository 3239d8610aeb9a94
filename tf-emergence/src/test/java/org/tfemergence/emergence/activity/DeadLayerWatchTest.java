package org.tfemergence.emergence.activity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfemergence.emergence.activity.DeadLayerWatch.Told;

final class DeadLayerWatchTest {
  @Test
  void observe_shareCrossesTheBound_tellsOnce() {
    // 10% of 20 units are 2, half of that is 1.
    assertThat(told(0.1, 20, 0, 1, 2, 3, 2, 5)).containsExactly(2);
  }

  @Test
  void observe_shareHoversAboutTheBound_tellsOnce() {
    assertThat(told(0.1, 20, 2, 1, 2, 1, 3)).containsExactly(0);
  }

  @Test
  void observe_shareFellBelowHalfTheBound_tellsAnew() {
    assertThat(told(0.1, 20, 2, 0, 2, 2, 0, 4)).containsExactly(0, 2, 5);
  }

  @Test
  void observe_wholeLayerDies_tellsAgain() {
    assertThat(told(0.1, 20, 2, 19, 20, 20, 19, 20)).containsExactly(0, 2);
    assertThat(told(0.1, 20, 20, 5, 20)).containsExactly(0);
    assertThat(told(0.1, 20, 20, 0, 20)).containsExactly(0, 2);
  }

  @Test
  void observe_boundOfOne_tellsOfWholeLayersOnly() {
    assertThat(told(1, 4, 3, 4, 3, 4, 1, 4)).containsExactly(1, 5);
  }

  @Test
  void observe_severalLayers_tellsOfEachByItself() {
    DeadLayerWatch watch = new DeadLayerWatch(0.5);
    watch.observe(1, List.of(new DeadUnits("a", 1, 2), new DeadUnits("b", 0, 2)));

    assertThat(watch.observe(2, List.of(new DeadUnits("a", 1, 2), new DeadUnits("b", 1, 2))))
        .containsExactly(new DeadLayerAlarm(2, new DeadUnits("b", 1, 2)));
  }

  @Test
  void resume_whatWasTold_tellsOnlyWhatIsNew() {
    DeadLayerWatch watch = new DeadLayerWatch(0.5);
    watch.observe(
        1, List.of(new DeadUnits("a", 1, 2), new DeadUnits("b", 2, 2), new DeadUnits("c", 0, 2)));
    DeadLayerWatch resumed = new DeadLayerWatch(0.5);
    resumed.observe(1, List.of(new DeadUnits("d", 2, 2)));

    resumed.resume(watch.told());

    assertThat(resumed.told()).isEqualTo(Map.of("a", Told.MANY, "b", Told.ALL, "c", Told.NOTHING));
    assertThat(
            resumed.observe(
                2,
                List.of(
                    new DeadUnits("a", 1, 2), new DeadUnits("b", 2, 2), new DeadUnits("c", 1, 2))))
        .containsExactly(new DeadLayerAlarm(2, new DeadUnits("c", 1, 2)));
    assertThat(resumed.bound()).isEqualTo(0.5);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.1, 1.01, Double.NaN})
  void create_boundOutOfRange_isRefused(double bound) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DeadLayerWatch(bound))
        .withMessage("bound must be in (0, 1], got " + bound);
  }

  @Test
  void records_numberOutOfRange_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DeadUnits("x", 0, -1))
        .withMessage("layer 'x': units must not be negative, got -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DeadUnits("x", 4, 3))
        .withMessage("layer 'x': dead must be in [0, 3], got 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DeadUnits("x", -1, 3))
        .withMessage("layer 'x': dead must be in [0, 3], got -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DeadLayerAlarm(-1, new DeadUnits("x", 1, 3)))
        .withMessage("step must be at least 0, got -1");
  }

  @Test
  void toString_partOrWhole_saysSo() {
    assertThat(new DeadLayerAlarm(40, new DeadUnits("x", 12, 64)))
        .hasToString("step 40: 12 of 64 units of layer 'x' are dead");
    assertThat(new DeadLayerAlarm(40, new DeadUnits("x", 64, 64)))
        .hasToString("step 40: all 64 units of layer 'x' are dead");
  }

  /** At which observations a layer is told of, whose dead units are given one after the other. */
  private static List<Integer> told(double bound, long units, long... dead) {
    DeadLayerWatch watch = new DeadLayerWatch(bound);
    List<Integer> told = new ArrayList<>();
    for (int i = 0; i < dead.length; i++) {
      DeadUnits layer = new DeadUnits("a", dead[i], units);
      List<DeadLayerAlarm> alarms = watch.observe(i, List.of(layer));
      if (!alarms.isEmpty()) {
        assertThat(alarms).containsExactly(new DeadLayerAlarm(i, layer));
        told.add(i);
      }
    }
    return told;
  }
}
