package org.tfemergence.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.graph.LogEmergence;
import org.tfemergence.emergence.graph.Readout;
import org.tfemergence.emergence.measure.LayerEmergence;

/**
 * Log10 E from counts by the operations that a training step runs: one run of a session, the counts
 * fed.
 *
 * <p>{@code benchmarks/run jmh LogEmergence}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LogEmergenceBenchmark {
  /** The number of layers. */
  @Param({"20", "100", "1000"})
  public int layers;

  private Graph graph;
  private Session session;
  private Operand<TFloat64> counts;
  private Operand<TFloat64> log10;
  private TFloat64 fed;

  /** Builds the graph. */
  @Setup
  public void setup() {
    SkipNetwork drawn = SkipNetwork.of(layers);
    double[] values = new double[2 * layers];
    for (int i = 0; i < layers; i++) {
      LayerActivity layer = drawn.counts().layers().get(i);
      values[i] = layer.active();
      values[layers + i] = layer.units();
    }
    graph = new Graph();
    Ops tf = Ops.create(graph);
    counts = tf.placeholder(TFloat64.class, Placeholder.shape(Shape.of(values.length)));
    log10 = LogEmergence.build(tf, drawn.network(), LayerEmergence.PUBLISHED, read(counts));
    session = new Session(graph);
    fed = TFloat64.tensorOf(StdArrays.ndCopyOf(values));
  }

  private static Readout<ActivityCounts> read(Operand<TFloat64> counts) {
    return Readout.of(
        counts,
        values -> {
          throw new UnsupportedOperationException("only E is read");
        });
  }

  /** Frees what the graph holds. */
  @TearDown
  public void close() {
    fed.close();
    session.close();
    graph.close();
  }

  /**
   * Computes the logarithm.
   *
   * @return log10 E
   */
  @Benchmark
  public double run() {
    try (Result result = session.runner().feed(counts, fed).fetch(log10).run()) {
      return ((TFloat64) result.get(0)).getDouble();
    }
  }
}
