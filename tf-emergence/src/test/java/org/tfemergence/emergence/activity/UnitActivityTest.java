package org.tfemergence.emergence.activity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class UnitActivityTest {
  @Test
  void isActive_anyUnit_isAsGiven() {
    UnitActivity activity =
        UnitActivity.of(Map.of("a", 4, "b", 1), Map.of("a", on(1, 3), "b", on()), 7);

    assertThat(activity.isActive("a", 0)).isFalse();
    assertThat(activity.isActive("a", 1)).isTrue();
    assertThat(activity.isActive("a", 2)).isFalse();
    assertThat(activity.isActive("a", 3)).isTrue();
    assertThat(activity.isActive("b", 0)).isFalse();
    assertThat(activity.units("a")).isEqualTo(4);
    assertThat(activity.units("b")).isEqualTo(1);
  }

  @Test
  void counts_randomUnits_areHowManyAreActive() {
    Random random = new Random(1);
    for (int round = 0; round < 50; round++) {
      Map<String, Integer> units = new LinkedHashMap<>();
      Map<String, BitSet> active = new LinkedHashMap<>();
      Map<String, Integer> expected = new LinkedHashMap<>();
      for (int i = 9; i > 0; i--) {
        int size = 1 + random.nextInt(200);
        BitSet bits = new BitSet();
        int on = 0;
        for (int unit = 0; unit < size; unit++) {
          if (random.nextBoolean()) {
            bits.set(unit);
            on++;
          }
        }
        units.put("layer" + i, size);
        active.put("layer" + i, bits);
        expected.put("layer" + i, on);
      }
      long examples = 1L + random.nextInt(1000);

      ActivityCounts counts = UnitActivity.of(units, active, examples).counts();

      assertThat(counts.examples()).isEqualTo(examples);
      assertThat(counts.layers())
          .extracting(LayerActivity::layer)
          .containsExactlyElementsOf(units.keySet());
      for (LayerActivity layer : counts.layers()) {
        assertThat(layer.units()).isEqualTo((long) units.get(layer.layer()));
        assertThat(layer.active()).isEqualTo((long) expected.get(layer.layer()));
        assertThat(layer.nonFinite()).isZero();
      }
    }
  }

  @Test
  void of_mapsInDifferentOrder_keepsThatOfTheUnits() {
    UnitActivity activity =
        UnitActivity.of(
            ImmutableMap.of("b", 2, "a", 3), ImmutableMap.of("a", on(0, 1, 2), "b", on(1)), 1);

    assertThat(activity.counts().layers())
        .containsExactly(new LayerActivity("b", 2, 1, 0), new LayerActivity("a", 3, 3, 0));
  }

  @Test
  void of_bitsChangedAfterwards_staysAsItWas() {
    BitSet bits = on(0);
    UnitActivity activity = UnitActivity.of(Map.of("a", 2), Map.of("a", bits), 1);

    bits.flip(0, 2);

    assertThat(activity.isActive("a", 0)).isTrue();
    assertThat(activity.isActive("a", 1)).isFalse();
  }

  @Test
  void of_differentLayers_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnitActivity.of(Map.of("a", 2), Map.of("b", on()), 1))
        .withMessage("units are of layers [a], activity of [b]");
  }

  @Test
  void of_unitBeyondItsLayer_isRefused() {
    assertThat(UnitActivity.of(Map.of("a", 2), Map.of("a", on(1)), 1).isActive("a", 1)).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnitActivity.of(Map.of("a", 2), Map.of("a", on(0, 2)), 1))
        .withMessage("layer 'a': unit 2 is active, but there are 2");
  }

  @Test
  void of_numberOutOfRange_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnitActivity.of(Map.of("a", 0), Map.of("a", on()), 1))
        .withMessage("layer 'a': units must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnitActivity.of(Map.of("a", 1), Map.of("a", on()), 0))
        .withMessage("examples must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnitActivity.of(Map.of(), Map.of(), 1))
        .withMessage("activity must cover at least one layer");
  }

  @Test
  void isActive_noSuchLayer_isRefused() {
    UnitActivity activity = UnitActivity.of(Map.of("a", 2), Map.of("a", on()), 1);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> activity.isActive("b", 0))
        .withMessage("no activity of layer 'b', only of [a]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> activity.units("b"))
        .withMessage("no activity of layer 'b', only of [a]");
  }

  @Test
  void withPadding_ofSomeLayers_leavesTheirUnitsOut() {
    UnitActivity padded =
        UnitActivity.of(ImmutableMap.of("a", 4, "b", 2), Map.of("a", on(1), "b", on(0)), 3)
            .withPadding(Map.of("a", on(0, 3)));

    assertThat(padded.isReal("a", 0)).isFalse();
    assertThat(padded.isReal("a", 1)).isTrue();
    assertThat(padded.isReal("a", 2)).isTrue();
    assertThat(padded.isReal("a", 3)).isFalse();
    assertThat(padded.isReal("b", 1)).isTrue();
    assertThat(padded.isActive("a", 1)).isTrue();
    assertThat(padded.units("a")).isEqualTo(4);
    assertThat(padded.counts().layers())
        .containsExactly(new LayerActivity("a", 2, 1, 0), new LayerActivity("b", 2, 1, 0));
  }

  @Test
  void withPadding_badUnits_areRefused() {
    UnitActivity activity = UnitActivity.of(Map.of("a", 4), Map.of("a", on(1, 2)), 1);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> activity.withPadding(Map.of("a", on(0, 2))))
        .withMessage("layer 'a': unit 2 is padding and active");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> activity.withPadding(Map.of("a", on(4))))
        .withMessage("layer 'a': unit 4 is padding, but there are 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> activity.withPadding(Map.of("b", on(0))))
        .withMessage("no activity of layer 'b', only of [a]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> activity.isReal("b", 0))
        .withMessage("no activity of layer 'b', only of [a]");
  }

  private static BitSet on(int... units) {
    BitSet bits = new BitSet();
    for (int unit : units) {
      bits.set(unit);
    }
    return bits;
  }
}
