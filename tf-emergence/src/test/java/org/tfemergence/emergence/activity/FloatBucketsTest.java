package org.tfemergence.emergence.activity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.testing.Values;

final class FloatBucketsTest {
  @Test
  void histogram_positiveValues_haveQuarterOctaves() {
    LayerHistogram histogram = of(1, 1.2f, 1.25f, 1.5f, 1.7f, 1.75f, 2, 2.6f);

    assertThat(histogram.edges())
        .isEqualTo(ImmutableDoubleArray.of(1, 1.25, 1.5, 1.75, 2, 2.5, 2.6f));
    assertThat(histogram.counts()).isEqualTo(ImmutableLongArray.of(2, 1, 2, 1, 1, 1));
  }

  @Test
  void histogram_negativeValues_mirrorThem() {
    LayerHistogram histogram = of(-1, -1.2f, -1.25f, -1.5f, -1.7f, -1.75f, -2, -2.6f);

    assertThat(histogram.counts()).isEqualTo(ImmutableLongArray.of(1, 1, 1, 2, 1, 2));
    assertThat(histogram.edges().get(0)).isEqualTo(-2.6f);
    assertThat(histogram.edges().get(1)).isEqualTo(Math.nextUp(-2.5f));
    assertThat(histogram.edges().get(6)).isEqualTo(-1);
  }

  @Test
  void histogram_valuesAboutZero_shareABucket() {
    float least = 0x1p-40f;
    LayerHistogram histogram =
        of(0, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, Math.nextDown(least), -Math.nextDown(least));

    assertThat(histogram.counts()).isEqualTo(ImmutableLongArray.of(6));
    assertThat(of(least, 0, -least).counts()).isEqualTo(ImmutableLongArray.of(1, 1, 1));
  }

  @Test
  void histogram_greatestValues_haveFiniteEdges() {
    LayerHistogram histogram = of(Float.MAX_VALUE, -Float.MAX_VALUE);

    assertThat(histogram.finite()).isEqualTo(2);
    assertThat(histogram.edges().get(0)).isEqualTo(-Float.MAX_VALUE);
    assertThat(histogram.edges().get(histogram.counts().length())).isEqualTo(Float.MAX_VALUE);
  }

  @Test
  void histogram_valuesNotFinite_areCountedApart() {
    LayerHistogram histogram =
        of(
            Float.NaN,
            Float.intBitsToFloat(0xffc00001),
            Float.intBitsToFloat(0x7f800001),
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            3);

    assertThat(histogram.nonFinite()).isEqualTo(5);
    assertThat(histogram.counts()).isEqualTo(ImmutableLongArray.of(1));
    assertThat(histogram.edges()).isEqualTo(ImmutableDoubleArray.of(3, 3));
  }

  @Test
  void histogram_noFiniteValue_hasNoBucket() {
    assertThat(of(Float.NaN).edges().isEmpty()).isTrue();
    assertThat(of(Float.NaN).counts().isEmpty()).isTrue();
    assertThat(of().finite()).isZero();
  }

  @Test
  void histogram_extremesNotKnown_endsWithItsBuckets() {
    double[] codes = new double[FloatBuckets.CODES];
    codes[FloatBuckets.code(1.1f)] = 2;
    codes[FloatBuckets.code(5.5f)] = 1;
    LayerHistogram histogram =
        FloatBuckets.histogram("a", codes, Float.MAX_VALUE, -Float.MAX_VALUE, 0, 0);

    assertThat(histogram.edges().get(0)).isEqualTo(1);
    assertThat(histogram.edges().get(histogram.counts().length())).isEqualTo(6);
    assertThat(FloatBuckets.histogram("a", codes, 1.2, 2, 0, 0).edges().asList())
        .startsWith(1.2, 1.25)
        .endsWith(5.0, 6.0);
    // The first and the last bucket are not empty, so these cannot be the extremes.
    assertThat(FloatBuckets.histogram("a", codes, 1.25, 6, 0, 0).edges().asList())
        .startsWith(1.0, 1.25)
        .endsWith(5.0, 6.0);
  }

  @Property(tries = 200)
  void histogram_anyValues_countsAsComparisonsDo(@ForAll long seed) {
    Random random = new Random(seed);
    float[] values = new float[1 + random.nextInt(200)];
    for (int i = 0; i < values.length; i++) {
      values[i] = Values.draw(random);
    }

    LayerHistogram histogram = of(values);

    assertThat(histogram.counts()).isEqualTo(Values.counts(histogram.edges(), values));
    assertThat(histogram.nonFinite()).isEqualTo(Values.nonFinite(values));
    // Every limit within is a quarter octave, or what comes right after one below zero.
    for (int i = 1; i < histogram.counts().length(); i++) {
      double edge = histogram.edges().get(i);
      double magnitude = edge > 0 ? edge : -Math.nextDown((float) edge);
      double mantissa = magnitude / Math.scalb(1.0, Math.getExponent(magnitude));
      assertThat(mantissa * 4).as("%s", edge).isEqualTo(Math.rint(mantissa * 4));
    }
  }

  @Test
  void histogram_badArgument_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FloatBuckets.histogram("a", new double[3], 0, 0, 0, 0))
        .withMessage("expected 2048 codes, got 3");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new LayerHistogram(
                    "a", ImmutableDoubleArray.of(1), ImmutableLongArray.of(2), 0, 0, 0))
        .withMessage("layer 'a': expected 2 edges, got 1");
  }

  private static LayerHistogram of(float... values) {
    double[] codes = new double[FloatBuckets.CODES];
    float min = Float.MAX_VALUE;
    float max = -Float.MAX_VALUE;
    double sum = 0;
    double sumOfSquares = 0;
    for (float value : values) {
      codes[FloatBuckets.code(value)]++;
      if (Float.isFinite(value)) {
        min = Math.min(min, value);
        max = Math.max(max, value);
        sum += value;
        sumOfSquares += (double) value * value;
      }
    }
    return FloatBuckets.histogram("a", codes, min, max, sum, sumOfSquares);
  }
}
