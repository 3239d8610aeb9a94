package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class HistogramTest {
  @Property
  void of_anyValues_countsEachInItsBucket(
      @ForAll @Size(min = 1, max = 60) double @DoubleRange(min = -3, max = 3) [] values) {
    assertCounted(values);
  }

  @Test
  void of_extremeValues_countsEachInItsBucket() {
    assertCounted(-Double.MAX_VALUE, 0, Double.MAX_VALUE);
    assertCounted(1, Math.nextUp(1.0), Math.nextUp(Math.nextUp(1.0)));
    assertCounted(0, Double.MIN_VALUE);
  }

  private static void assertCounted(double... values) {
    Histogram histogram = Histogram.of(values);

    double[] sorted = values.clone();
    Arrays.sort(sorted);
    assertThat(histogram.min()).isEqualTo(sorted[0]);
    assertThat(histogram.max()).isEqualTo(sorted[sorted.length - 1]);
    assertThat(histogram.count()).isEqualTo(values.length);
    int last = histogram.counts().length() - 1;
    for (int i = 0; i <= last; i++) {
      double from = histogram.edges().get(i);
      double to = histogram.edges().get(i + 1);
      boolean closed = i == last;
      assertThat(histogram.counts().get(i))
          .isEqualTo(
              Arrays.stream(values)
                  .filter(value -> value >= from && (closed ? value <= to : value < to))
                  .count());
    }
  }

  @Test
  void of_knownValues_hasThirtyEqualBucketsAndTheSums() {
    Histogram histogram = Histogram.of(0, 1, 1, 3);

    assertThat(histogram.edges().length()).isEqualTo(31);
    for (int i = 0; i <= 30; i++) {
      assertThat(histogram.edges().get(i)).isCloseTo(i / 10.0, within(1e-15));
    }
    assertThat(histogram.sum()).isEqualTo(5);
    assertThat(histogram.sumOfSquares()).isEqualTo(11);
  }

  @Test
  void of_equalValues_isOneBucket() {
    assertThat(Histogram.of(2, 2, 2))
        .isEqualTo(new Histogram(ImmutableDoubleArray.of(2, 2), ImmutableLongArray.of(3), 6, 12));
  }

  @Test
  void of_badValues_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Histogram.of())
        .withMessage("values must not be empty");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Histogram.of(1, Double.NaN))
        .withMessage("values[1] must be finite, got NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Histogram.of(Double.POSITIVE_INFINITY))
        .withMessage("values[0] must be finite, got Infinity");
  }

  @Test
  void histogram_badBuckets_areRefused() {
    assertRefused("counts must not be empty", edges(0), ImmutableLongArray.of());
    assertRefused(
        "edges must be one more than the 1 counts, got 1", edges(0), ImmutableLongArray.of(1));
    assertRefused(
        "edges[1] must be finite, got NaN", edges(0, Double.NaN), ImmutableLongArray.of(1));
    assertRefused(
        "edges must not descend, got 1.0 after 2.0", edges(2, 1), ImmutableLongArray.of(1));
    assertRefused("counts[0] must not be negative, got -1", edges(0, 1), ImmutableLongArray.of(-1));
  }

  private static ImmutableDoubleArray edges(double... edges) {
    return ImmutableDoubleArray.copyOf(edges);
  }

  private static void assertRefused(
      String message, ImmutableDoubleArray edges, ImmutableLongArray counts) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Histogram(edges, counts, 0, 0))
        .withMessage(message);
  }
}
