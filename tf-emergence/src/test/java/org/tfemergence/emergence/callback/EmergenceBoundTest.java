package org.tfemergence.emergence.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.report.EmergenceReading;

/** Bounds held against made-up courses of log10 E with noise of a known size. */
final class EmergenceBoundTest {
  private static final ActivityCounts COUNTS =
      new ActivityCounts(ImmutableList.of(new LayerActivity("a", 2, 1, 0)), 1);

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.2, 0.5})
  void level_walksAroundALevelAboveIt_neverHolds(double sigma) {
    EmergenceBound bound = EmergenceBound.level(4, 10);
    for (int seed = 0; seed < 100; seed++) {
      // Each walk keeps 0.9 of its distance; its standard deviation is sigma.
      double[] noise = walk(seed, 300, 0.9, sigma);
      assertThat(first(bound, noise.length, i -> 4 + 3 * sigma + noise[i])).isEmpty();
    }
  }

  @Test
  void level_independentNoiseOnIt_neverHolds() {
    EmergenceBound bound = EmergenceBound.level(4, 10);
    for (int seed = 0; seed < 100; seed++) {
      double[] noise = walk(seed, 300, 0, 0.3);
      assertThat(first(bound, noise.length, i -> 4 + noise[i])).isEmpty();
    }
  }

  @Test
  void level_fallsWellBelow_holdsSoonAfter() {
    for (int seed = 0; seed < 100; seed++) {
      double[] noise = walk(seed, 100, 0.5, 0.1);
      // Below the bound from reading 40 on, one below it from reading 50 on.
      OptionalInt held =
          first(EmergenceBound.level(4, 5), 100, i -> Math.max(3, 8 - 0.1 * i) + noise[i]);
      assertThat(held).isPresent();
      assertThat(held.getAsInt()).isBetween(44, 65);
    }
  }

  @Test
  void level_emergenceOfZero_holdsAfterThatManyReadings() {
    OptionalInt held =
        first(EmergenceBound.level(0, 4), 40, i -> i < 20 ? 6 : Double.NEGATIVE_INFINITY);

    // Three times four readings are looked at; the median of those turns with the seventh zero.
    assertThat(held.orElseThrow()).isBetween(23, 27);
  }

  @Test
  void level_oneReadingBelow_doesNotHold() {
    assertThat(first(EmergenceBound.level(4, 3), 60, i -> i % 3 == 0 ? 5 : 3)).isEmpty();
  }

  @Test
  void change_noiseThatCouldHideATrend_neverHolds() {
    // log10(1.1) is 0.041: far less than the noise, whether there is a trend or none.
    for (int seed = 0; seed < 100; seed++) {
      double[] noise = walk(seed, 300, 0, 0.2);
      assertThat(first(EmergenceBound.change(0.1, 10), 300, i -> 6 + noise[i])).isEmpty();
      assertThat(first(EmergenceBound.change(0.1, 10), 300, i -> 9 - 0.01 * i + noise[i]))
          .isEmpty();
    }
  }

  @Test
  void change_trendGoesOn_neverHolds() {
    // By 0.1 in 10 readings, which is a factor of 1.26.
    for (int seed = 0; seed < 100; seed++) {
      double[] noise = walk(seed, 300, 0.5, 0.01);
      assertThat(first(EmergenceBound.change(0.2, 10), 300, i -> 9 - 0.01 * i + noise[i]))
          .isEmpty();
    }
  }

  @Test
  void change_levelsOff_holdsSoonAfter() {
    for (int seed = 0; seed < 100; seed++) {
      double[] noise = walk(seed, 200, 0, 0.01);
      OptionalInt held =
          first(EmergenceBound.change(0.2, 10), 200, i -> Math.max(6, 9 - 0.1 * i) + noise[i]);
      // Flat from reading 30 on: what was before it leaves the medians with reading 45.
      assertThat(held).isPresent();
      assertThat(held.getAsInt()).isBetween(35, 60);
    }
  }

  @Test
  void bound_badNumber_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmergenceBound.level(0, 2))
        .withMessage("patience must be at least 3, got 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmergenceBound.level(Double.NaN, 3))
        .withMessage("log10 of the level must be finite, got NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmergenceBound.change(0, 3))
        .withMessage("relative change must be above 0 and finite, got 0.0");
  }

  private static OptionalInt first(EmergenceBound bound, int readings, IntToDoubleFunction log10) {
    List<EmergenceReading> all = new ArrayList<>();
    for (int i = 0; i < readings; i++) {
      all.add(new EmergenceReading(i, i, COUNTS, Optional.empty(), log10.applyAsDouble(i), 10));
      if (bound.holds(all)) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  private static double[] walk(long seed, int length, double kept, double sigma) {
    Random random = new Random(seed);
    double[] walk = new double[length];
    for (int i = 0; i < length; i++) {
      double before = i == 0 ? random.nextGaussian() * sigma : walk[i - 1];
      walk[i] = kept * before + Math.sqrt(1 - kept * kept) * sigma * random.nextGaussian();
    }
    return walk;
  }
}
