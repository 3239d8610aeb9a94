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
import org.junit.jupiter.params.provider.CsvSource;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.report.EmergenceReading;

/** Bounds held against made-up courses of log10 E with noise of a known size. */
final class EmergenceBoundTest {
  private static final int COURSES = 300;
  private static final int EPOCHS = 200;
  private static final ActivityCounts COUNTS =
      new ActivityCounts(ImmutableList.of(new LayerActivity("a", 2, 1, 0)), 1);

  @ParameterizedTest
  @CsvSource({"0, 0", "0.5, 0", "0.9, 0", "0.9, 0.5", "0.9, 3"})
  void level_noiseAroundALevelOnItOrAbove_neverHolds(double kept, double sigmasAbove) {
    double sigma = 0.3;
    for (int seed = 0; seed < COURSES; seed++) {
      double[] noise = walk(seed, EPOCHS, kept, sigma);
      assertThat(first(EmergenceBound.level(4), EPOCHS, i -> 4 + sigmasAbove * sigma + noise[i]))
          .isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 16", "0.5, 12", "0.9, 6"})
  void level_fallsWellBelow_holdsSoonAfter(double kept, double sigmasBelow) {
    double sigma = 0.05;
    double level = 4 - sigmasBelow * sigma;
    for (int seed = 0; seed < COURSES; seed++) {
      double[] noise = walk(seed, EPOCHS, kept, sigma);
      // There from reading 33 at the latest; twenty readings are looked at.
      OptionalInt held =
          first(EmergenceBound.level(4), EPOCHS, i -> Math.max(level, 8 - 0.15 * i) + noise[i]);
      assertThat(held).isPresent();
      assertThat(held.getAsInt()).isBetween(38, 100);
    }
  }

  @Test
  void level_emergenceOfZero_holdsAfterThatManyReadings() {
    assertThat(first(EmergenceBound.level(0, 10), 40, i -> i < 20 ? 6 : Double.NEGATIVE_INFINITY))
        .hasValue(29);
  }

  /* Each in its place: at random, some ten on end would be without one. */
  @Test
  void level_everyTenthReadingAbove_doesNotHold() {
    assertThat(first(EmergenceBound.level(4, 10), 60, i -> i % 10 == 0 ? 5 : 3)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 0.1", "0.9, 0.02", "0.9, 0.15", "0.9, 0.3"})
  void change_trendOnTheBoundOrBeyond_neverHolds(double kept, double share) {
    double bound = Math.log10(1 + 0.2);
    for (int seed = 0; seed < COURSES; seed++) {
      double[] noise = walk(seed, EPOCHS, kept, share * bound);
      for (double trend : new double[] {bound, -1.5 * bound}) {
        assertThat(first(EmergenceBound.change(0.2), EPOCHS, i -> 50 + trend * i / 20 + noise[i]))
            .isEmpty();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0.3", "0, 2", "0.9, 1", "0.9, 3"})
  void change_noiseThatCouldHideATrend_neverHolds(double kept, double share) {
    for (int seed = 0; seed < COURSES; seed++) {
      double[] noise = walk(seed, EPOCHS, kept, share * Math.log10(1.2));
      assertThat(first(EmergenceBound.change(0.2), EPOCHS, i -> 6 + noise[i])).isEmpty();
    }
  }

  @Test
  void change_outliersThatMostReadingsDoNotShow_doesNotHold() {
    assertThat(
            first(
                EmergenceBound.change(0.1, 12),
                EPOCHS,
                i -> i % 3 == 2 ? 6 : Double.NEGATIVE_INFINITY))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 0.05", "0.9, 0.15"})
  void change_levelsOff_holdsSoonAfter(double kept, double share) {
    for (int seed = 0; seed < COURSES; seed++) {
      double[] noise = walk(seed, EPOCHS, kept, share * Math.log10(1.2));
      // Flat from reading 30 on; twice twenty readings are looked at.
      OptionalInt held =
          first(EmergenceBound.change(0.2), EPOCHS, i -> Math.max(6, 9 - 0.1 * i) + noise[i]);
      assertThat(held).isPresent();
      assertThat(held.getAsInt()).isBetween(45, 90);
    }
  }

  @Test
  void holds_unitsThatAreNotFinite_isNeverSo() {
    ActivityCounts broken =
        new ActivityCounts(ImmutableList.of(new LayerActivity("a", 2, 0, 1)), 1);
    List<EmergenceReading> readings = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      readings.add(
          new EmergenceReading(
              i, i, i == 45 ? broken : COUNTS, Optional.empty(), Double.NEGATIVE_INFINITY, 10));
    }

    assertThat(EmergenceBound.level(0, 10).holds(readings.subList(0, 45))).isTrue();
    assertThat(EmergenceBound.change(0.1, 10).holds(readings.subList(0, 45))).isTrue();
    for (int size = 46; size < 46 + 10; size++) {
      assertThat(EmergenceBound.level(0, 10).holds(readings.subList(0, size))).isFalse();
      assertThat(EmergenceBound.change(0.1, 10).holds(readings.subList(0, size))).isFalse();
    }
    assertThat(EmergenceBound.level(0, 10).holds(readings)).isTrue();
  }

  @Test
  void bound_badNumber_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmergenceBound.level(0, 9))
        .withMessage("patience must be at least 10, got 9");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmergenceBound.level(Double.NaN, 10))
        .withMessage("log10 of the level must be finite, got NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmergenceBound.change(0))
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
