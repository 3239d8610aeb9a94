package org.tfemergence.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.random.RandomUniform;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.graph.ActivityHistograms;
import org.tfemergence.emergence.graph.ActivityProbe;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.UnitRecords;

/**
 * A batch of 64 x 1,024 activations more in a stream of batches: drawn only, and counted, recorded
 * or sorted into histograms as well. {@link ActivityStream} tells of the memory.
 *
 * <p>{@code benchmarks/run jmh ActivityStream}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ActivityStreamBenchmark {
  private static final int[] BATCH = {64, 1024};

  private Graph graph;
  private Session session;
  private Operand<?> drawn;
  private Operand<TFloat64> counted;
  private Operand<TFloat64> recorded;
  private Operand<TFloat64> sorted;

  /** Builds the graph and begins each stream. */
  @Setup
  public void setup() {
    graph = new Graph();
    Ops tf = Ops.create(graph);
    Operand<TFloat32> activations =
        tf.random.randomUniform(tf.constant(BATCH), TFloat32.class, RandomUniform.seed(1L));
    drawn = tf.math.mean(activations, tf.array(0, 1));
    List<Tap> taps = List.of(new Tap("layer", activations));
    ActivityProbe probe = ActivityProbe.build(tf, taps, ActivityRule.DEFAULT);
    counted = probe.accumulate();
    recorded =
        UnitRecords.build(tf, taps, ActivityRule.DEFAULT, 100).observationAfterRestart().dead();
    ActivityHistograms histograms = ActivityHistograms.build(tf, taps);
    sorted = histograms.accumulate();
    session = new Session(graph);
    session.initialize();
    run(probe.restart());
    run(histograms.restart());
  }

  /** Frees what the graph holds. */
  @TearDown
  public void close() {
    session.close();
    graph.close();
  }

  /** Draws a batch. */
  @Benchmark
  public void drawn() {
    run(drawn);
  }

  /** Counts the active units of all batches until now. */
  @Benchmark
  public void counted() {
    run(counted);
  }

  /** Looks for how long each unit has not been active. */
  @Benchmark
  public void recorded() {
    run(recorded);
  }

  /** Adds a batch to the histograms. */
  @Benchmark
  public void sorted() {
    run(sorted);
  }

  private void run(Operand<?> output) {
    session.runner().fetch(output).run().close();
  }
}
