package org.tfemergence.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What two pieces of work took, in pairs that ran in turn, either first in every other pair: what
 * slows the machine for a while slows both of a pair.
 *
 * @param first what the first took, by pairs
 * @param second what the second took
 */
record Pairs(List<Taken> first, List<Taken> second) {
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /**
   * What a piece of work took.
   *
   * @param wall seconds by the clock
   * @param processor seconds of processors, of all threads together: what others do on the machine
   *     meanwhile matters less to it
   */
  record Taken(double wall, double processor) {
    static Taken by(Runnable work) {
      Clock start = Clock.now();
      work.run();
      return start.taken();
    }
  }

  /** When something began. */
  record Clock(long wall, long processor) {
    static Clock now() {
      return new Clock(System.nanoTime(), PROCESS.getProcessCpuTime());
    }

    /** Returns what was taken since. */
    Taken taken() {
      Clock now = now();
      return new Taken((now.wall - wall) * 1e-9, (now.processor - processor) * 1e-9);
    }
  }

  /** Does each once unmeasured, then both as often as asked. */
  static Pairs of(int pairs, Runnable first, Runnable second) {
    first.run();
    second.run();
    List<Taken> a = new ArrayList<>();
    List<Taken> b = new ArrayList<>();
    for (int i = 0; i < pairs; i++) {
      if (i % 2 == 0) {
        a.add(Taken.by(first));
        b.add(Taken.by(second));
      } else {
        b.add(Taken.by(second));
        a.add(Taken.by(first));
      }
    }
    return new Pairs(a, b);
  }

  /** Tells the medians of the times, and of the ratios of the pairs. */
  String told(String nameOfFirst, String nameOfSecond) {
    return String.format(
        Locale.ROOT,
        "%s: %.4g s; %s: %.4g s; ratio in %d pairs %s, of processor time %s",
        nameOfFirst,
        median(first.stream().map(Taken::wall).toList()),
        nameOfSecond,
        median(second.stream().map(Taken::wall).toList()),
        first.size(),
        ratio(Taken::wall),
        ratio(Taken::processor));
  }

  /* The median, and between what it lies at 95%: between the order statistics that the number of
   * heads of as many fair throws stays between. */
  private String ratio(ToDoubleFunction<Taken> of) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      ratios.add(of.applyAsDouble(second.get(i)) / of.applyAsDouble(first.get(i)));
    }
    ratios.sort(null);
    int last = ratios.size() - 1;
    double reach = 0.98 * Math.sqrt(ratios.size());
    return String.format(
        Locale.ROOT,
        "%.3f (%.3f to %.3f)",
        median(ratios),
        ratios.get((int) Math.max(0, Math.floor(last / 2.0 - reach))),
        ratios.get((int) Math.min(last, Math.ceil(last / 2.0 + reach))));
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
