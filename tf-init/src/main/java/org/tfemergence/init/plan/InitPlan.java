package org.tfemergence.init.plan;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * The table of what each kernel of a network is initialized with. Immutable; for reports and
 * checks.
 *
 * @param profile the factors' form
 * @param rows the kernels, by rising rank
 */
public record InitPlan(DepthProfile profile, ImmutableList<Row> rows) {
  /* By more than this, up or down, the signal leaves the range in which float32 networks train. */
  private static final double SANE = 1e4;

  /**
   * What one kernel is initialized with.
   *
   * @param kernel the kernel
   * @param exponent its exponent of alpha
   * @param factor what its weights are multiplied with
   * @param standardDeviation of its weights, after the multiplication
   */
  public record Row(Kernel kernel, double exponent, double factor, double standardDeviation) {}

  /**
   * Plans the initialization of a network.
   *
   * @param profile the factors' form
   * @param kernels the network's kernels; their greatest rank is the network's depth
   * @param base the standard deviation of a kernel's weights before scaling
   * @return the plan
   * @throws IllegalArgumentException if there is no kernel
   */
  public static InitPlan of(
      DepthProfile profile, List<Kernel> kernels, ToDoubleFunction<Kernel> base) {
    int depth = depth(kernels);
    List<Row> rows = new ArrayList<>();
    for (Kernel kernel : kernels) {
      double factor = profile.factor(kernel.rank(), depth);
      rows.add(
          new Row(
              kernel,
              profile.exponent(kernel.rank(), depth),
              factor,
              factor * kernel.gain() * base.applyAsDouble(kernel)));
    }
    rows.sort((a, b) -> Integer.compare(a.kernel().rank(), b.kernel().rank()));
    return new InitPlan(profile, ImmutableList.copyOf(rows));
  }

  /**
   * Returns the depth of a network.
   *
   * @param kernels its kernels
   * @return their greatest rank
   * @throws IllegalArgumentException if there is no kernel
   */
  public static int depth(List<Kernel> kernels) {
    return kernels.stream()
        .mapToInt(Kernel::rank)
        .max()
        .orElseThrow(() -> new IllegalArgumentException("a plan must have at least one kernel"));
  }

  /**
   * Returns the product of the factors from the input to each rank: how much the profile shrinks or
   * grows the signal there, relative to the base initializer.
   *
   * @return the cumulative factors by rank, positive
   */
  public ImmutableList<Double> cumulativeFactors() {
    ImmutableList.Builder<Double> products = ImmutableList.builder();
    double product = 1;
    int rank = 0;
    for (Row row : rows) {
      if (row.kernel().rank() != rank) {
        product *= row.factor();
        rank = row.kernel().rank();
        products.add(product);
      }
    }
    return products.build();
  }

  /**
   * Tells what is dangerous in this plan, in a sentence for the user.
   *
   * @return a warning when a cumulative factor is below 1e-4, where activations hardly move float32
   *     weights, or above 1e4, where they drown them; else empty
   */
  public Optional<String> warning() {
    return cumulativeFactors().stream()
        .max((a, b) -> Double.compare(Math.abs(Math.log(a)), Math.abs(Math.log(b))))
        .filter(worst -> worst < 1 / SANE || worst > SANE)
        .map(
            worst ->
                String.format(
                    Locale.ROOT,
                    "profile '%s' scales the signal within this network of %d layers by %.1e;"
                        + " take an alpha nearer to 1 or the constant form",
                    profile,
                    depth(rows.stream().map(Row::kernel).toList()),
                    worst));
  }

  /** Returns the table as text, a line per kernel. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    String format = "%-32s %16s %5s %9s %9s %10s%n";
    text.append(
        String.format(Locale.ROOT, format, "kernel", "shape", "rank", "exponent", "factor", "std"));
    for (Row row : rows) {
      text.append(
          String.format(
              Locale.ROOT,
              format,
              row.kernel().name(),
              Joiner.on('x').join(row.kernel().shape()),
              row.kernel().rank(),
              String.format(Locale.ROOT, "%.4g", row.exponent()),
              String.format(Locale.ROOT, "%.4g", row.factor()),
              String.format(Locale.ROOT, "%.4g", row.standardDeviation())));
    }
    return text.toString();
  }
}
