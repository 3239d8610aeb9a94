package org.tfemergence.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.graph.ActivityHistograms;
import org.tfemergence.emergence.graph.ActivityProbe;
import org.tfemergence.emergence.graph.ConnectivitySweep;
import org.tfemergence.emergence.graph.ExampleProbe;
import org.tfemergence.emergence.graph.KernelMasks;
import org.tfemergence.emergence.graph.LogEmergence;
import org.tfemergence.emergence.graph.UnitRecords;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.measure.LayerEmergence;

/**
 * What emergence costs on VGG-19 at batch 128: sampling, of the batch and of each example, records
 * of units and histograms on a training step, and the exact sweep with 70% of the weights pruned
 * against a forward pass. One graph and session for each, the two of each pair in turn, either
 * first in every other pair.
 *
 * <p>{@code benchmarks/run vgg19-cost [sweep-memory | sampling | examples | records | histograms |
 * sweep]...}; all of them if none is named, the memory first, while the process is fresh
 */
public final class Vgg19Cost {
  private static final int BATCH = 128;
  private static final int PAIRS = Integer.getInteger("pairs", 25);

  /** What can be measured. */
  private enum Part {
    SWEEP_MEMORY,
    SAMPLING,
    EXAMPLES,
    RECORDS,
    HISTOGRAMS,
    SWEEP;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Part of(String word) {
      for (Part part : values()) {
        if (part.toString().equals(word)) {
          return part;
        }
      }
      throw new IllegalArgumentException("expected any of " + List.of(values()) + ", got " + word);
    }
  }

  private Vgg19Cost() {}

  /**
   * Prints the medians of the times, and median and quartiles of the ratios.
   *
   * @param args what to measure; all if nothing is named
   * @throws IOException if the process' memory cannot be read
   */
  public static void main(String[] args) throws IOException {
    List<Part> parts = new ArrayList<>();
    for (String word : args) {
      parts.add(Part.of(word));
    }
    for (Part part : parts.isEmpty() ? List.of(Part.values()) : parts) {
      measure(part);
    }
  }

  @SuppressWarnings("SystemOut") // a program's result
  private static void measure(Part part) throws IOException {
    // Pictures take no memory worth the name where there is one: what is left is the sweep's.
    int batch = part == Part.SWEEP_MEMORY ? 1 : BATCH;
    try (Graph graph = new Graph()) {
      Vgg19 vgg = new Vgg19(graph, batch);
      Ops tf = Ops.create(graph);
      switch (part) {
        case SAMPLING -> {
          ActivityProbe probe = ActivityProbe.build(tf, vgg.taps, ActivityRule.DEFAULT);
          Operand<TFloat64> log10 =
              LogEmergence.build(tf, vgg.network, LayerEmergence.FILTERS, probe.restart());
          step(System.out, graph, vgg, "with E of every layer", probe.restart(), log10);
        }
        case EXAMPLES -> {
          ExampleProbe each =
              ExampleProbe.build(
                  tf, vgg.taps, ExampleRule.DEFAULT, vgg.network, LayerEmergence.FILTERS);
          Operand<TFloat64> log10 = each.log10AfterRestart();
          step(System.out, graph, vgg, "with E of each example", each.restart(), log10);
        }
        case RECORDS -> {
          UnitRecords records = UnitRecords.build(tf, vgg.taps, ActivityRule.DEFAULT, 100);
          step(
              System.out,
              graph,
              vgg,
              "with records of every unit",
              records.observationAfterRestart().dead());
        }
        case HISTOGRAMS -> {
          ActivityHistograms histograms = ActivityHistograms.build(tf, vgg.taps);
          step(
              System.out,
              graph,
              vgg,
              "with histograms of every layer",
              histograms.countsAfterRestart());
        }
        case SWEEP, SWEEP_MEMORY -> sweep(System.out, graph, vgg, part);
      }
    }
  }

  private static void step(
      PrintStream out, Graph graph, Vgg19 vgg, String name, Operand<?>... fetches) {
    try (Session session = new Session(graph)) {
      Runnable step = () -> run(session, runner -> runner.addTarget(vgg.update));
      Runnable more =
          () ->
              run(
                  session,
                  runner -> {
                    runner.addTarget(vgg.update);
                    List.of(fetches).forEach(runner::fetch);
                  });
      compare(out, "training step", step, name, more);
    }
  }

  /* As a callback has it: masks read from the kernels, flags from the sums of a batch before. */
  private static void sweep(PrintStream out, Graph graph, Vgg19 vgg, Part part) throws IOException {
    Ops tf = Ops.create(graph);
    ActivityProbe probe = ActivityProbe.build(tf, vgg.taps, ActivityRule.DEFAULT);
    Operand<TFloat64> log10 =
        ConnectivitySweep.build(
            tf,
            vgg.network,
            Passing.ANY_UNIT,
            probe.activeSoFar(),
            KernelMasks.build(tf, vgg.network, vgg.kernels));
    try (Session session = new Session(graph)) {
      run(session, runner -> runner.addTarget(vgg.prune));
      run(session, runner -> runner.fetch(probe.restart()));
      Runnable exact = () -> run(session, runner -> runner.fetch(log10));
      if (part == Part.SWEEP) {
        Runnable forward = () -> run(session, runner -> runner.fetch(vgg.loss));
        compare(out, "forward pass", forward, "masks, flags and exact sweep, 70% pruned", exact);
        return;
      }
      long before = ProcessMemory.resident();
      long peak = ProcessMemory.peak();
      for (int i = 0; i < 5; i++) {
        exact.run();
      }
      out.printf(
          Locale.ROOT,
          "five sweeps: at most %d MiB more than the %d MiB before (peak until then %d MiB)%n",
          ProcessMemory.peak() - before,
          before,
          peak);
    }
  }

  private static void compare(
      PrintStream out, String nameOfFirst, Runnable first, String nameOfSecond, Runnable second) {
    out.println(Pairs.of(PAIRS, first, second).told(nameOfFirst, nameOfSecond));
  }

  private static void run(Session session, Consumer<Session.Runner> request) {
    Session.Runner runner = session.runner();
    request.accept(runner);
    runner.run().close();
  }
}
