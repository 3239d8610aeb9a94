package org.tfemergence.emergence.activity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tfemergence.emergence.activity.ActivityRule.Reducer;

final class ActivityCounterTest {
  private static final ImmutableList<String> ONE = ImmutableList.of("hidden");
  private static final ImmutableList<String> TWO = ImmutableList.of("hidden", "output");

  @Test
  void snapshot_mean_countsUnitsAboveTheThreshold() {
    ActivityCounter counter = new ActivityCounter(rule(Reducer.MEAN, 0.5), ONE, 3);

    counter.add(0, 0.25f, 1.0f, 0.5f, 0.5f, 0.25f, 0.5f); // means 0.375, 0.625 and 0.5

    assertThat(counter.snapshot())
        .isEqualTo(new ActivityCounts(ImmutableList.of(activity("hidden", 3, 1, 0)), 2));
  }

  @Test
  void snapshot_max_countsUnitsThatAnyExampleActivates() {
    ActivityCounter counter = new ActivityCounter(rule(Reducer.MAX, 0.5), ONE, 3);

    counter.add(0, 0.25f, 1.0f, 0.5f, 0.5f, 0.25f, 0.5f); // maxima 0.5, 1 and 0.5

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 3, 1, 0));
  }

  @ParameterizedTest
  @EnumSource
  void snapshot_randomBatchesInAnySplit_equalsDirectComputation(Reducer reducer) {
    Random random = new Random(2);
    for (int round = 0; round < 200; round++) {
      int examples = 1 + random.nextInt(12);
      int[] units = {1 + random.nextInt(9), 1 + random.nextInt(5)};
      ActivityRule rule = rule(reducer, random.nextInt(5) / 8.0);
      float[][] all = {eighths(random, examples * units[0]), eighths(random, examples * units[1])};
      ActivityCounter whole = new ActivityCounter(rule, TWO, units);
      ActivityCounter split = new ActivityCounter(rule, TWO, units);
      for (int layer = 0; layer < 2; layer++) {
        whole.add(layer, all[layer]);
        for (int from = 0; from < examples; ) {
          int to = from + 1 + random.nextInt(examples - from);
          split.add(layer, Arrays.copyOfRange(all[layer], from * units[layer], to * units[layer]));
          from = to;
        }
      }

      ActivityCounts expected =
          new ActivityCounts(
              ImmutableList.of(
                  direct("hidden", all[0], units[0], rule),
                  direct("output", all[1], units[1], rule)),
              examples);
      assertThat(whole.snapshot()).isEqualTo(expected);
      assertThat(split.snapshot()).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource
  void snapshot_notFiniteOnce_isNeverActiveAndCounted(Reducer reducer) {
    float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
    ActivityCounter counter = new ActivityCounter(rule(reducer, 0.05), ONE, 4);

    counter.add(0, 9, 9, 9, 9);
    counter.add(0, bad[0], bad[1], bad[2], 9);
    counter.add(0, 9, 9, 9, 9);

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 4, 1, 3));
    assertThat(counter.snapshot().nonFinite()).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource
  void snapshot_infinitiesOfBothSigns_isNotFinite(Reducer reducer) {
    ActivityCounter counter = new ActivityCounter(rule(reducer, -1), ONE, 1);

    counter.add(0, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 1, 0, 1));
  }

  @Test
  void snapshot_greatestFloats_doNotOverflow() {
    ActivityCounter counter = new ActivityCounter(rule(Reducer.MEAN, 0.05), ONE, 1);

    counter.add(0, Float.MAX_VALUE, Float.MAX_VALUE);

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 1, 1, 0));
  }

  @ParameterizedTest
  @EnumSource
  void snapshot_leastFloats_areFiniteAndInactive(Reducer reducer) {
    ActivityCounter counter = new ActivityCounter(rule(reducer, 0), ONE, 1);

    counter.add(0, -Float.MAX_VALUE);

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 1, 0, 0));
  }

  @Test
  void snapshot_takenBeforeMoreBatches_staysAsItWas() {
    ActivityCounter counter = new ActivityCounter(ActivityRule.DEFAULT, ONE, 1);
    counter.add(0, 1);
    ActivityCounts first = counter.snapshot();

    counter.add(0, -5);

    assertThat(first.layers()).containsExactly(activity("hidden", 1, 1, 0));
    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 1, 0, 0));
  }

  @Test
  void add_incompleteExample_isRefused() {
    ActivityCounter counter = new ActivityCounter(ActivityRule.DEFAULT, ONE, 3);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> counter.add(0, 1, 2, 3, 4))
        .withMessage("layer 'hidden': expected a positive multiple of 3 activations, got 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> counter.add(0))
        .withMessage("layer 'hidden': expected a positive multiple of 3 activations, got 0");
  }

  @Test
  void snapshot_layersOutOfStep_isRefused() {
    ActivityCounter counter = new ActivityCounter(ActivityRule.DEFAULT, TWO, 1, 1);

    assertThatIllegalStateException().isThrownBy(counter::snapshot);
    counter.add(0, 1, 2);
    counter.add(1, 1);
    assertThatIllegalStateException()
        .isThrownBy(counter::snapshot)
        .withMessage("layer 'output' got 1 examples, layer 'hidden' 2");
  }

  @Test
  void create_badArguments_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ActivityCounter(ActivityRule.DEFAULT, TWO, 1))
        .withMessage("got 2 layers but 1 numbers of units");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ActivityCounter(ActivityRule.DEFAULT, TWO, 1, 0))
        .withMessage("layer 'output': units must be at least 1, got 0");
  }

  private static ActivityRule rule(Reducer reducer, double threshold) {
    return new ActivityRule(reducer, threshold);
  }

  private static LayerActivity activity(String layer, long units, long active, long nonFinite) {
    return new LayerActivity(layer, units, active, nonFinite);
  }

  /* Eighths add up exactly, and often come out just at the threshold. */
  private static float[] eighths(Random random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextInt(40) == 0 ? Float.NaN : (random.nextInt(17) - 8) / 8f;
    }
    return values;
  }

  /* In whole eighths: the rule, unit by unit. */
  private static LayerActivity direct(String layer, float[] all, int units, ActivityRule rule) {
    long active = 0;
    long nonFinite = 0;
    int examples = all.length / units;
    long threshold = Math.round(rule.threshold() * 8);
    for (int u = 0; u < units; u++) {
      long sum = 0;
      long max = Long.MIN_VALUE;
      boolean finite = true;
      for (int e = 0; e < examples; e++) {
        float value = all[e * units + u];
        finite &= Float.isFinite(value);
        sum += (long) (value * 8);
        max = Math.max(max, (long) (value * 8));
      }
      boolean above = rule.reducer() == Reducer.MEAN ? sum > threshold * examples : max > threshold;
      active += finite && above ? 1 : 0;
      nonFinite += finite ? 0 : 1;
    }
    return new LayerActivity(layer, units, active, nonFinite);
  }
}
