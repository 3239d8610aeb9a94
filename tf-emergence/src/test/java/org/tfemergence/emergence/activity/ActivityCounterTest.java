package org.tfemergence.emergence.activity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tfemergence.emergence.network.Layer;

final class ActivityCounterTest {
  private static final ImmutableList<String> ONE = ImmutableList.of("hidden");
  private static final ImmutableList<String> TWO = ImmutableList.of("hidden", "output");

  @Test
  void snapshot_mean_countsUnitsAboveTheThreshold() {
    ActivityCounter counter = new ActivityCounter(rule(Reducer.mean(), 0.5), ONE, 3);

    counter.add(0, 0.25f, 1.0f, 0.5f, 0.5f, 0.25f, 0.5f); // means 0.375, 0.625 and 0.5

    assertThat(counter.snapshot())
        .isEqualTo(new ActivityCounts(ImmutableList.of(activity("hidden", 3, 1, 0)), 2));
  }

  @Test
  void snapshot_max_countsUnitsThatAnyExampleActivates() {
    ActivityCounter counter = new ActivityCounter(rule(Reducer.max(), 0.5), ONE, 3);

    counter.add(0, 0.25f, 1.0f, 0.5f, 0.5f, 0.25f, 0.5f); // maxima 0.5, 1 and 0.5

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 3, 1, 0));
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
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
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
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
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void snapshot_infinitiesOfBothSigns_isNotFinite(Reducer reducer) {
    ActivityCounter counter = new ActivityCounter(rule(reducer, -1), ONE, 1);

    counter.add(0, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 1, 0, 1));
  }

  @Test
  void snapshot_greatestFloats_doNotOverflow() {
    ActivityCounter counter = new ActivityCounter(rule(Reducer.mean(), 0.05), ONE, 1);

    counter.add(0, Float.MAX_VALUE, Float.MAX_VALUE);

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 1, 1, 0));
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void snapshot_leastFloats_areFiniteAndInactive(Reducer reducer) {
    ActivityCounter counter = new ActivityCounter(rule(reducer, 0), ONE, 1);

    counter.add(0, -Float.MAX_VALUE);

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 1, 0, 0));
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#rules")
  void snapshot_masksAndPositions_equalsDirectComputation(ActivityRule rule) {
    Random random = new Random(3);
    List<Layer> layers =
        List.of(new Layer("dense", 5, 0), layer("sequence", 4L, 3L), layer("maps", 2L, 2L, 3L));
    for (int round = 0; round < 100; round++) {
      int examples = 1 + random.nextInt(9);
      Map<String, LayerActivity> expected = new HashMap<>();
      ActivityCounter plain = ActivityCounter.of(rule, layers);
      ActivityCounter masked = ActivityCounter.of(rule, layers);
      ActivityCounter split = ActivityCounter.of(rule, layers);
      for (int i = 0; i < 3; i++) {
        Layer layer = layers.get(i);
        int positions = (int) (layer.units() / layer.channels());
        float[] values = eighths(random, examples * (int) layer.units());
        boolean[] real = mask(random, examples, positions);
        boolean[] all = new boolean[real.length];
        Arrays.fill(all, true);
        plain.add(i, values);
        masked.addMasked(i, real, values);
        for (int e = 0; e < examples; e++) {
          split.addMasked(
              i,
              Arrays.copyOfRange(real, e * positions, (e + 1) * positions),
              row(values, e, examples));
        }

        expected.put(layer.name(), direct(layer, all, values, rule));
        expected.put(layer.name() + " masked", direct(layer, real, values, rule));
      }
      for (int i = 0; i < 3; i++) {
        String name = layers.get(i).name();
        assertThat(plain.snapshot().layers().get(i)).isEqualTo(expected.get(name));
        assertThat(masked.snapshot().layers().get(i)).isEqualTo(expected.get(name + " masked"));
      }
      assertThat(split.snapshot()).isEqualTo(masked.snapshot());
      assertThat(masked.snapshot().examples()).isEqualTo(examples);
      assertThat(masked.snapshot().granularity()).isEqualTo(rule.granularity());
    }
  }

  @Test
  void snapshot_share_mustExceedRho() {
    ActivityRule rule = rule(Reducer.share(0.5), 1);
    ActivityCounter counter = new ActivityCounter(rule, ONE, 3);

    // Above 1 in two, three and none of four examples.
    counter.add(0, 2, 2, 1, 2, 2, 1, 1, 2, 1, 0, 0, 1);

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 3, 1, 0));
  }

  @Test
  void snapshot_magnitude_isTakenBeforePositionsAndExamplesAreJoined() {
    List<Layer> layers = List.of(layer("hidden", 2L, 2L));
    float[] values = {-1, -1, 1, -1, 1, 0, -1, 0}; // two examples of two positions
    ActivityRule signed = rule(Reducer.mean(), 0.75).withGranularity(Granularity.CHANNELS);
    ActivityCounter asIs = ActivityCounter.of(signed, layers);
    ActivityCounter absolute = ActivityCounter.of(signed.withSign(Sign.ABSOLUTE), layers);

    asIs.add(0, values);
    absolute.add(0, values); // mean magnitudes 1 and 0.5

    assertThat(asIs.snapshot().layers()).containsExactly(activity("hidden", 2, 0, 0));
    assertThat(absolute.snapshot().layers()).containsExactly(activity("hidden", 2, 1, 0));
  }

  /* What a maximum begins with is below any activation. */
  @Test
  void snapshot_maxOfNegativeActivations_isTheGreatestOfThem() {
    ActivityCounter counter = new ActivityCounter(new ActivityRule(Reducer.max(), -2.5), ONE, 2);

    counter.add(0, -3, -4);
    counter.add(0, -4, -2);

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 2, 1, 0));
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void snapshot_unitThatWasAlwaysPadding_isNoneWhateverStandsThere(Reducer reducer) {
    ActivityCounter counter =
        ActivityCounter.of(rule(reducer, -9), List.of(layer("hidden", 3L, 1L)));

    counter.addMasked(0, new boolean[] {true, false, false}, 1, 5, Float.NaN);
    counter.addMasked(0, new boolean[] {true, true, false}, 1, 5, Float.POSITIVE_INFINITY);

    assertThat(counter.snapshot().layers()).containsExactly(activity("hidden", 2, 2, 0));
  }

  @Test
  void addMasked_anotherLength_isRefused() {
    ActivityCounter counter =
        ActivityCounter.of(ActivityRule.DEFAULT, List.of(layer("hidden", 3L, 2L)));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> counter.addMasked(0, new boolean[2], 1, 2, 3, 4, 5, 6))
        .withMessage("layer 'hidden': expected a mask of 3 positions, got 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> counter.addMasked(0, new boolean[0]))
        .withMessage("layer 'hidden': expected a positive multiple of 6 activations, got 0");
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
        .isThrownBy(() -> ActivityCounter.of(ActivityRule.DEFAULT, List.of()))
        .withMessage("a counter must have at least one layer");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ActivityCounter(ActivityRule.DEFAULT, TWO, 1))
        .withMessage("got 2 layers but 1 numbers of units");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ActivityCounter(ActivityRule.DEFAULT, TWO, 1, 0))
        .withMessage("layer 'output': units must be at least 1, got 0");
  }

  private static Layer layer(String name, Long... shape) {
    return new Layer(name, ImmutableList.copyOf(shape), 0, Layer.Role.COUNTED);
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

  private static LayerActivity direct(String layer, float[] all, int units, ActivityRule rule) {
    boolean[] real = new boolean[all.length / units];
    Arrays.fill(real, true);
    return direct(new Layer(layer, units, 0), real, all, rule);
  }

  /*
   * The definition, unit by unit, in whole 32nds: sums of eighths over 1, 2 or 4 positions.
   */
  private static LayerActivity direct(Layer layer, boolean[] real, float[] all, ActivityRule rule) {
    boolean byChannel = rule.granularity() == Granularity.CHANNELS;
    int channels = (int) layer.channels();
    int positions = (int) (layer.units() / channels);
    int examples = all.length / (positions * channels);
    long theta = Math.round(rule.threshold() * 32);
    long units = 0;
    long active = 0;
    long nonFinite = 0;
    for (int u = 0; u < (byChannel ? channels : positions * channels); u++) {
      List<Long> values = new ArrayList<>();
      boolean finite = true;
      for (int e = 0; e < examples; e++) {
        long sum = 0;
        int count = 0;
        for (int p = 0; p < positions; p++) {
          if (real[e * positions + p] && (byChannel || p == u / channels)) {
            float value = all[(e * positions + p) * channels + u % channels];
            finite &= Float.isFinite(value);
            sum += (long) (32 * (rule.sign() == Sign.ABSOLUTE ? Math.abs(value) : value));
            count++;
          }
        }
        if (count > 0) {
          values.add(sum / count);
        }
      }
      units += values.isEmpty() ? 0 : 1;
      active += finite && isActive(rule.reducer(), values, theta) ? 1 : 0;
      nonFinite += finite ? 0 : 1;
    }
    return new LayerActivity(layer.name(), units, active, nonFinite);
  }

  private static boolean isActive(Reducer reducer, List<Long> values, long theta) {
    if (reducer instanceof Reducer.Share share) {
      return values.stream().filter(value -> value > theta).count() > share.rho() * values.size();
    }
    return reducer instanceof Reducer.Max
        ? values.stream().anyMatch(value -> value > theta)
        : values.stream().mapToLong(value -> value).sum() > theta * values.size();
  }

  private static boolean[] mask(Random random, int examples, int positions) {
    boolean[] real = new boolean[examples * positions];
    for (int e = 0; e < examples; e++) {
      int left = positions == 1 ? random.nextInt(2) : List.of(0, 1, 2, 4).get(random.nextInt(4));
      while (left > 0) {
        int at = e * positions + random.nextInt(positions);
        left -= real[at] ? 0 : 1;
        real[at] = true;
      }
    }
    return real;
  }

  private static float[] row(float[] values, int row, int rows) {
    int width = values.length / rows;
    return Arrays.copyOfRange(values, row * width, (row + 1) * width);
  }
}
