package org.tfemergence.benchmarks;

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
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.graph.ActivityProbe;
import org.tfemergence.emergence.graph.ConnectivitySweep;
import org.tfemergence.emergence.graph.KernelMasks;
import org.tfemergence.emergence.graph.LogEmergence;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.measure.LayerEmergence;

/**
 * Measuring on VGG-19 at batch 128, 70% of its weights pruned: a training step without and with E
 * of every layer, a forward pass and an exact sweep. These run one after the other: {@link
 * Vgg19Cost} tells smaller differences, since its pairs run in turn.
 *
 * <p>{@code benchmarks/run jmh Vgg19}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2)
@Measurement(iterations = 10)
public class Vgg19Benchmark {
  private static final int BATCH = 128;

  private Graph graph;
  private Session session;
  private Vgg19 vgg;
  private ActivityProbe probe;
  private Operand<TFloat64> sampled;
  private Operand<TFloat64> exact;

  /** Builds the graph, prunes, and counts one batch, for whose flags the sweep asks. */
  @Setup
  public void setup() {
    graph = new Graph();
    vgg = new Vgg19(graph, BATCH);
    Ops tf = Ops.create(graph);
    probe = ActivityProbe.build(tf, vgg.taps, ActivityRule.DEFAULT);
    sampled = LogEmergence.build(tf, vgg.network, LayerEmergence.FILTERS, probe.restart());
    exact =
        ConnectivitySweep.build(
            tf,
            vgg.network,
            Passing.ANY_UNIT,
            probe.activeSoFar(),
            KernelMasks.build(tf, vgg.network, vgg.kernels));
    session = new Session(graph);
    session.runner().addTarget(vgg.prune).run().close();
    session.runner().fetch(probe.restart()).run().close();
  }

  /** Frees what the graph holds. */
  @TearDown
  public void close() {
    session.close();
    graph.close();
  }

  /** Trains on a batch. */
  @Benchmark
  public void trainingStep() {
    session.runner().addTarget(vgg.update).run().close();
  }

  /**
   * Trains on a batch and measures it.
   *
   * @return log10 E
   */
  @Benchmark
  public double trainingStepWithE() {
    try (Result result =
        session.runner().addTarget(vgg.update).fetch(sampled).fetch(probe.restart()).run()) {
      return ((TFloat64) result.get(0)).getDouble();
    }
  }

  /**
   * Computes the loss of a batch.
   *
   * @return the loss
   */
  @Benchmark
  public float forwardPass() {
    try (Result result = session.runner().fetch(vgg.loss).run()) {
      return ((TFloat32) result.get(0)).getFloat();
    }
  }

  /**
   * Measures the connections that are left, of the units that were active.
   *
   * @return log10 E
   */
  @Benchmark
  public double exactSweep() {
    try (Result result = session.runner().fetch(exact).run()) {
      return ((TFloat64) result.get(0)).getDouble();
    }
  }
}
