package org.tfemergence.emergence.report;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.TensorProto;

/**
 * Histograms as the programs write them. Bucket i holds the values from the limit of the one before
 * to below its own.
 *
 * <p>{@link EventFile} gives the least value as the lower limit of the first bucket, and the
 * greatest as the upper one of the last. TensorFlow 1 takes limits from a fixed row, PyTorch from
 * the user; both put an empty bucket first, whose limit is the lower one of the first that is not.
 * Where limits lie outside of the values, the least and greatest value stand for them. TensorFlow 2
 * writes a tensor [buckets, 3] of lower limit, upper limit and count, and no sums.
 */
final class HistogramProtos {
  private HistogramProtos() {}

  /** Returns a histogram of EventFile, TensorFlow 1 or PyTorch; empty if it is in no such form. */
  static Optional<Histogram> read(HistogramProto proto) {
    int buckets = proto.getBucketCount();
    if (buckets == 0 || proto.getBucketLimitCount() != buckets) {
      return Optional.empty();
    }
    int first = 0;
    int last = buckets - 1;
    if (proto.getBucketLimit(last) != proto.getMax() || proto.getMin() > proto.getBucketLimit(0)) {
      while (first < last && isEmpty(proto, first)) {
        first++;
      }
      while (first < last && isEmpty(proto, last)) {
        last--;
      }
    }
    List<Double> edges = new ArrayList<>();
    List<Double> counts = new ArrayList<>();
    edges.add(proto.getMin());
    for (int i = first; i <= last; i++) {
      edges.add(i == last ? proto.getMax() : proto.getBucketLimit(i));
      counts.add(proto.getBucket(i));
    }
    return histogram(edges, counts, proto.getSum(), proto.getSumSquares());
  }

  private static boolean isEmpty(HistogramProto proto, int bucket) {
    return proto.getBucket(bucket) == 0;
  }

  /** Returns a histogram of TensorFlow 2, its sums NaN; empty if it is in no such form. */
  static Optional<Histogram> read(TensorProto tensor) {
    Optional<ImmutableDoubleArray> values = TensorValues.of(tensor);
    int columns = 3;
    if (values.isEmpty()
        || tensor.getTensorShape().getDimCount() != 2
        || tensor.getTensorShape().getDim(1).getSize() != columns
        || values.get().isEmpty()) {
      return Optional.empty();
    }
    List<Double> edges = new ArrayList<>();
    List<Double> counts = new ArrayList<>();
    edges.add(values.get().get(0));
    for (int i = 0; i < values.get().length(); i += columns) {
      if (values.get().get(i) != edges.get(edges.size() - 1)) {
        return Optional.empty(); // a gap between buckets
      }
      edges.add(values.get().get(i + 1));
      counts.add(values.get().get(i + 2));
    }
    return histogram(edges, counts, Double.NaN, Double.NaN);
  }

  private static Optional<Histogram> histogram(
      List<Double> edges, List<Double> counts, double sum, double sumOfSquares) {
    if (!counts.stream().allMatch(HistogramProtos::isCount)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Histogram(
              ImmutableDoubleArray.copyOf(edges),
              ImmutableLongArray.copyOf(counts.stream().mapToLong(Double::longValue)),
              sum,
              sumOfSquares));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // limits that descend or are not finite
    }
  }

  private static boolean isCount(double count) {
    return count >= 0 && count < 0x1p63 && count == Math.rint(count);
  }
}
