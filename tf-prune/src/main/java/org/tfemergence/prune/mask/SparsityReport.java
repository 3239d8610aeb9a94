package org.tfemergence.prune.mask;

import com.google.common.collect.ImmutableList;
import java.util.Locale;

/**
 * How many weights of each pruned tensor are kept. Immutable.
 *
 * @param rows the tensors
 */
public record SparsityReport(ImmutableList<Row> rows) {
  /**
   * One tensor.
   *
   * @param weight the variable's name
   * @param size the number of its weights, at least 1
   * @param kept how many of them are kept, from 0 to {@code size}
   */
  public record Row(String weight, long size, long kept) {
    /**
     * Creates a row.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    public Row {
      if (size < 1 || kept < 0 || kept > size) {
        throw new IllegalArgumentException(
            "weight '" + weight + "': kept must be in [0, " + size + "], got " + kept);
      }
    }

    /**
     * Returns the share of masked weights.
     *
     * @return in [0, 1]
     */
    public double sparsity() {
      return (double) (size - kept) / size;
    }
  }

  /**
   * Returns the number of weights of all tensors.
   *
   * @return the sum of the sizes
   */
  public long size() {
    return rows.stream().mapToLong(Row::size).sum();
  }

  /**
   * Returns the number of weights that are masked.
   *
   * @return the sum over the tensors
   */
  public long masked() {
    return rows.stream().mapToLong(row -> row.size() - row.kept()).sum();
  }

  /**
   * Returns the number of a network's parameters that are not masked, by which E is divided to give
   * the relative emergence E~ of the pruning paper (arXiv 2409.01568).
   *
   * @param parameters the number of all trainable parameters of the network, at least {@link #size}
   * @return how many are left
   * @throws IllegalArgumentException if {@code parameters} is less than the weights of all tensors
   */
  public long remaining(long parameters) {
    if (parameters < size()) {
      throw new IllegalArgumentException(
          "parameters must be at least the " + size() + " of the tensors, got " + parameters);
    }
    return parameters - masked();
  }

  /** Returns the table as text, a line per tensor and a total. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(line("weight", "size", "kept", "sparsity"));
    for (Row row : rows) {
      text.append(
          line(
              row.weight(),
              String.valueOf(row.size()),
              String.valueOf(row.kept()),
              percent(row.sparsity())));
    }
    if (!rows.isEmpty()) {
      text.append(
          line(
              "total",
              String.valueOf(size()),
              String.valueOf(size() - masked()),
              percent((double) masked() / size())));
    }
    return text.toString();
  }

  private static String line(String weight, String size, String kept, String sparsity) {
    return String.format(Locale.ROOT, "%-32s %12s %12s %9s%n", weight, size, kept, sparsity);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f%%", 100 * share);
  }
}
