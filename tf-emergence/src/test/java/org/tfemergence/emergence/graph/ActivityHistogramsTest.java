package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.LayerHistogram;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.ProcessMemory;
import org.tfemergence.emergence.testing.TwoDevices;
import org.tfemergence.emergence.testing.Values;

final class ActivityHistogramsTest {
  private static final int UNITS = 12;

  private final Random random = new Random(4);
  private GraphRun run;
  private Placeholder<TFloat32> input;

  @BeforeEach
  void open() {
    run = new GraphRun();
    input = run.tf().placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2, 3, 2)));
  }

  @AfterEach
  void close() {
    run.close();
  }

  @Test
  void whole_normalValues_countsAsComparisonsDo() {
    ActivityHistograms histograms = ActivityHistograms.build(run.tf(), List.of(tap()));
    for (int round = 0; round < 20; round++) {
      float[] values = gaussian(1 + random.nextInt(60));
      LayerHistogram histogram = fetch(histograms.countsAfterRestart(), values);

      requireEqual(histogram, values);
      double squares = 0;
      double sum = 0;
      for (float value : values) {
        sum += value;
        squares += (double) value * value;
      }
      // Sums of an example's twelve values in float32.
      assertThat(histogram.sum()).isCloseTo(sum, within(12 * 0x1p-23 * squares + 1e-6));
      assertThat(histogram.sumOfSquares()).isCloseTo(squares, within(12 * 0x1p-23 * squares));
    }
  }

  @Test
  void whole_valuesOfAllKinds_countsAsComparisonsDo() {
    ActivityHistograms histograms = ActivityHistograms.build(run.tf(), List.of(tap()));
    for (int round = 0; round < 40; round++) {
      float[] values = new float[UNITS * (1 + random.nextInt(20))];
      for (int i = 0; i < values.length; i++) {
        values[i] = Values.draw(random);
      }
      LayerHistogram histogram = fetch(histograms.countsAfterRestart(), values);

      assertThat(histogram.counts()).isEqualTo(Values.counts(histogram.edges(), values));
      assertThat(histogram.nonFinite()).isEqualTo(Values.nonFinite(values));
      assertThat(histogram.finite() + histogram.nonFinite()).isEqualTo(values.length);
    }
  }

  @Test
  void whole_anExampleWithNaN_isLeftOutOfTheSumsOnly() {
    ActivityHistograms histograms = ActivityHistograms.build(run.tf(), List.of(tap()));
    float[] values = new float[2 * UNITS];
    Arrays.fill(values, 0, UNITS, 2);
    Arrays.fill(values, UNITS, 2 * UNITS, 100);
    values[UNITS + 3] = Float.NaN;
    LayerHistogram histogram = fetch(histograms.countsAfterRestart(), values);

    assertThat(histogram.nonFinite()).isEqualTo(1);
    assertThat(histogram.finite()).isEqualTo(23);
    assertThat(histogram.sum()).isEqualTo(24);
    assertThat(histogram.sumOfSquares()).isEqualTo(48);
    // The greatest value is not known: 100 lies from 96 to 112.
    assertThat(histogram.edges().get(0)).isEqualTo(2);
    assertThat(histogram.edges().get(histogram.counts().length())).isEqualTo(112);
  }

  @Test
  void end_anySplitIntoBatches_equalsOneBatch() {
    ActivityHistograms histograms = ActivityHistograms.build(run.tf(), List.of(tap()));
    for (int round = 0; round < 10; round++) {
      // Whole 64ths, so that sums are exact however they are split.
      float[] all = new float[9 * UNITS];
      for (int i = 0; i < all.length; i++) {
        all[i] = (random.nextInt(257) - 128) / 64f;
      }
      int first = 1 + random.nextInt(4);
      int second = first + random.nextInt(4);
      LayerHistogram whole = fetch(histograms.countsAfterRestart(), all);

      assertThat(examples(histograms.restart(), part(all, 0, first))).isEqualTo(first);
      assertThat(examples(histograms.accumulate(), part(all, first, second))).isEqualTo(second);
      assertThat(fetch(histograms.countsAfterAccumulate(), part(all, second, 9))).isEqualTo(whole);
    }
  }

  @Test
  void whole_noExample_hasNoBucket() {
    ActivityHistograms histograms = ActivityHistograms.build(run.tf(), List.of(tap()));

    assertThat(fetch(histograms.countsAfterRestart()))
        .isEqualTo(
            new LayerHistogram("a", ImmutableDoubleArray.of(), ImmutableLongArray.of(), 0, 0, 0));
  }

  @Test
  void whole_padding_isLeftOutWhateverStandsThere() {
    Operand<TFloat32> values = run.constant(Shape.of(2, 3, 1), 1, 9, Float.NaN, -2, 3, -9);
    Operand<TFloat32> real = run.constant(Shape.of(2, 3), 1, 0, 0, 1, 1, 0);
    Tap masked = new Tap("a", values).masked(real);
    ActivityHistograms histograms = ActivityHistograms.build(run.tf(), List.of(masked));
    LayerHistogram histogram = fetch(histograms.countsAfterRestart());

    requireEqual(histogram, 1, -2, 3);
    assertThat(histogram.sum()).isEqualTo(2);
    assertThat(histogram.sumOfSquares()).isEqualTo(14);
  }

  @Test
  void whole_moreValuesThanAFloatCanCount_isExact() {
    // 2^24 + 2^20 zeros in one bucket.
    Operand<TFloat32> zeros = run.tf().zeros(run.tf().array(17, 1 << 20), TFloat32.class);
    ActivityHistograms histograms =
        ActivityHistograms.build(run.tf(), List.of(new Tap("a", zeros)));

    assertThat(fetch(histograms.countsAfterRestart()).finite()).isEqualTo(17L << 20);
  }

  @Test
  void more_tenThousandBatches_leavesMemoryFlat() throws IOException {
    assumeTrue(ProcessMemory.isKnown());
    ActivityHistograms histograms = ActivityHistograms.build(run.tf(), List.of(tap()));
    float[] batch = gaussian(64);
    try (TFloat32 fed = GraphRun.tensor(Shape.of(64, 2, 3, 2), batch)) {
      long[] grown = new long[3];
      run(fed, histograms.restart(), 1);
      run(fed, histograms.accumulate(), 999);
      for (int i = 0; i < 3; i++) {
        long before = ProcessMemory.residentKib();
        run(fed, histograms.accumulate(), 3_000);
        grown[i] = ProcessMemory.residentKib() - before;
      }
      // Codes and counts of a batch are 512 KiB: kept of one batch in a hundred, 15 MiB.
      assertThat(Arrays.stream(grown).min().orElseThrow())
          .as("growth of resident memory in KiB, of %s", Arrays.toString(grown))
          .isLessThan(15 * 1024);
    }
    LayerHistogram histogram = fetch(histograms.countsAfterAccumulate(), batch);

    assertThat(histogram.finite()).isEqualTo(10_001L * batch.length);
    ImmutableLongArray once = Values.counts(histogram.edges(), batch);
    assertThat(histogram.counts().asList())
        .isEqualTo(once.asList().stream().map(count -> 10_001 * count).toList());
  }

  @Test
  void build_inAScopeWithDevice_runsThereAndPinsNothingItself() {
    try (GraphRun two = TwoDevices.graph()) {
      Ops there = TwoDevices.second(two.tf());
      Operand<TFloat32> drawn =
          there.random.randomUniform(there.constant(new int[] {64, 16}), TFloat32.class);
      ActivityHistograms histograms =
          ActivityHistograms.build(two.tf(), List.of(new Tap("a", there.nn.relu(drawn))));

      Map<String, String> devices = TwoDevices.placement(two, histograms.countsAfterRestart());

      // Only what joins the layers' counts is left to TensorFlow.
      devices.keySet().removeIf(name -> name.contains("stack") || name.contains("Stack"));
      assertThat(devices).isNotEmpty();
      assertThat(devices.values()).as("%s", devices).allMatch(TwoDevices::isSecond);
    }
    ActivityHistograms.build(run.tf(), List.of(tap()));
    run.graph().operations().forEachRemaining(op -> assertThat(op.device()).isEmpty());
  }

  @Test
  void build_badTaps_areRefused() {
    Placeholder<TFloat32> large =
        run.tf().placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 1 << 24)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivityHistograms.build(run.tf(), List.of()))
        .withMessage("histograms must have at least one tap");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivityHistograms.build(run.tf(), List.of(tap(), tap())))
        .withMessage("layer 'a' is tapped twice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivityHistograms.build(run.tf(), List.of(new Tap("b", large))))
        .withMessage("layer 'b' must have less than 2^24 units, got 16777216");
  }

  private static void requireEqual(LayerHistogram histogram, float... values) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    assertThat(histogram.counts()).isEqualTo(Values.counts(histogram.edges(), values));
    assertThat(histogram.finite()).isEqualTo(values.length);
    assertThat(histogram.nonFinite()).isZero();
    assertThat(histogram.edges().get(0)).isEqualTo(sorted[0]);
    assertThat(histogram.edges().get(histogram.counts().length()))
        .isEqualTo(sorted[sorted.length - 1]);
  }

  /* Squares of what float32 holds lie far beyond it, and far below. */
  @ParameterizedTest
  @ValueSource(floats = {1e30f, 3e38f, 1e-30f, 1e-37f, 0})
  void whole_valuesOfAnyMagnitude_haveTheirSumAndSquares(float magnitude) {
    ActivityHistograms histograms = ActivityHistograms.build(run.tf(), List.of(tap()));
    float[] values = new float[2 * UNITS];
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 3 == 0 ? -magnitude / 2 : magnitude;
      sum += values[i];
      squares += (double) values[i] * values[i];
    }
    LayerHistogram histogram = fetch(histograms.countsAfterRestart(), values);

    assertThat(histogram.sum()).isCloseTo(sum, within(1e-6 * Math.abs(sum)));
    assertThat(histogram.sumOfSquares()).isCloseTo(squares, within(1e-6 * squares));
    assertThat(histogram.finite()).isEqualTo(values.length);
  }

  private Tap tap() {
    return new Tap("a", input);
  }

  private float[] gaussian(int examples) {
    float[] values = new float[examples * UNITS];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] part(float[] all, int from, int to) {
    return Arrays.copyOfRange(all, from * UNITS, to * UNITS);
  }

  private LayerHistogram fetch(Readout<ImmutableList<LayerHistogram>> output, float... values) {
    try (TFloat32 fed = GraphRun.tensor(Shape.of(values.length / UNITS, 2, 3, 2), values);
        Result result = run.session().runner().feed(input, fed).fetch(output).run()) {
      ImmutableList<LayerHistogram> all = output.read(result);
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }

  private double examples(Operand<TFloat64> output, float... values) {
    try (TFloat32 fed = GraphRun.tensor(Shape.of(values.length / UNITS, 2, 3, 2), values);
        Result result = run.session().runner().feed(input, fed).fetch(output).run()) {
      return ((TFloat64) result.get(0)).getDouble();
    }
  }

  private void run(TFloat32 fed, Operand<TFloat64> output, int times) {
    for (int i = 0; i < times; i++) {
      run.session().runner().feed(input, fed).fetch(output).run().close();
    }
  }
}
