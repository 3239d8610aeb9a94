package org.tfemergence.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.graph.ActivityHistograms;
import org.tfemergence.emergence.graph.ActivityProbe;
import org.tfemergence.emergence.graph.ConnectivitySweep;
import org.tfemergence.emergence.graph.ExampleProbe;
import org.tfemergence.emergence.graph.LogEmergence;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.UnitRecords;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.measure.LayerEmergence;

/**
 * What emergence costs on VGG-19 at batch 128: sampling, of the batch and of each example, records
 * of units and histograms on a training step, and the exact sweep with 70% of the weights pruned
 * against a forward pass. One graph, one session, the two of each pair in turn, either first in
 * every other pair.
 *
 * <p>{@code benchmarks/run vgg19-cost}
 */
public final class Vgg19Cost {
  private static final int BATCH = 128;
  private static final int PAIRS = 25;

  private Vgg19Cost() {}

  /**
   * Prints the medians of the times, and median and quartiles of the ratios.
   *
   * @param args none
   * @throws IOException if the process' memory cannot be read
   */
  @SuppressWarnings("SystemOut") // a program's result
  public static void main(String[] args) throws IOException {
    try (Graph graph = new Graph()) {
      Vgg19 vgg = new Vgg19(graph, BATCH);
      Ops tf = Ops.create(graph);
      ActivityProbe probe = ActivityProbe.build(tf, vgg.taps, ActivityRule.DEFAULT);
      Operand<TFloat64> log10 =
          LogEmergence.build(
              tf, vgg.network, LayerEmergence.FILTERS, Granularity.UNITS, probe.restart());
      Map<String, Operand<TBool>> active = new HashMap<>();
      for (Tap tap : vgg.taps) {
        Operand<TFloat32> drawn = vgg.fixed(tap.layer() + "/drawn", vgg.random(tap.unitShape(), 7));
        active.put(tap.layer(), tf.math.greater(drawn, tf.constant(0.5f)));
      }
      ExampleProbe each =
          ExampleProbe.build(
              tf, vgg.taps, ExampleRule.DEFAULT, vgg.network, LayerEmergence.FILTERS);
      Operand<TFloat64> log10OfEach = each.log10AfterRestart();
      UnitRecords records = UnitRecords.build(tf, vgg.taps, ActivityRule.DEFAULT, 100);
      ActivityHistograms histograms = ActivityHistograms.build(tf, vgg.taps);
      Operand<TFloat64> sweep =
          ConnectivitySweep.build(tf, vgg.network, Passing.ANY_UNIT, active, vgg.masks);
      try (Session session = new Session(graph)) {
        Runnable step = () -> run(session, runner -> runner.addTarget(vgg.update));
        Runnable sampled =
            () ->
                run(
                    session,
                    runner -> runner.addTarget(vgg.update).fetch(probe.restart()).fetch(log10));
        Runnable sampledEach =
            () ->
                run(
                    session,
                    runner ->
                        runner.addTarget(vgg.update).fetch(each.restart()).fetch(log10OfEach));
        Runnable forward = () -> run(session, runner -> runner.fetch(vgg.loss));
        Runnable exact = () -> run(session, runner -> runner.fetch(sweep));
        Runnable recorded =
            () ->
                run(session, runner -> runner.addTarget(vgg.update).fetch(records.whole().dead()));
        Runnable counted =
            () -> run(session, runner -> runner.addTarget(vgg.update).fetch(histograms.whole()));
        compare(System.out, "training step", step, "with E of every layer", sampled);
        compare(System.out, "training step", step, "with E of each example", sampledEach);
        compare(System.out, "training step", step, "with records of every unit", recorded);
        compare(System.out, "training step", step, "with histograms of every layer", counted);
        long before = residentMebibytes();
        exact.run();
        System.out.printf(
            Locale.ROOT, "first sweep: %+d MiB resident%n", residentMebibytes() - before);
        compare(System.out, "forward pass", forward, "exact sweep, 70% pruned", exact);
      }
    }
  }

  private static void compare(
      PrintStream out, String nameOfFirst, Runnable first, String nameOfSecond, Runnable second) {
    first.run();
    second.run();
    List<Double> a = new ArrayList<>();
    List<Double> b = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < PAIRS; i++) {
      if (i % 2 == 0) {
        a.add(seconds(first));
        b.add(seconds(second));
      } else {
        b.add(seconds(second));
        a.add(seconds(first));
      }
      ratios.add(b.get(i) / a.get(i));
    }
    out.printf(
        Locale.ROOT,
        "%s: %.3f s; %s: %.3f s; ratio of pairs, median %.4f, quartiles %.4f and %.4f (%d pairs)%n",
        nameOfFirst,
        SamplingCost.median(a),
        nameOfSecond,
        SamplingCost.median(b),
        SamplingCost.median(ratios),
        quantile(ratios, 0.25),
        quantile(ratios, 0.75),
        PAIRS);
  }

  private static double quantile(List<Double> values, double share) {
    return values.stream().sorted().skip((long) (share * (values.size() - 1))).findFirst().get();
  }

  private static double seconds(Runnable runnable) {
    long start = System.nanoTime();
    runnable.run();
    return (System.nanoTime() - start) * 1e-9;
  }

  private static void run(Session session, Consumer<Session.Runner> request) {
    Session.Runner runner = session.runner();
    request.accept(runner);
    runner.run().close();
  }

  static long residentMebibytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElse(0);
  }
}
