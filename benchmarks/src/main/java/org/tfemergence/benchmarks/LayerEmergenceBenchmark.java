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
import org.openjdk.jmh.annotations.Warmup;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Network;

/**
 * Emergence from counts on a network of layers with skips: exact integers of thousands of digits.
 *
 * <p>{@code benchmarks/run jmh LayerEmergence}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LayerEmergenceBenchmark {
  /** The number of layers; every third is also fed past its predecessor. */
  @Param({"20", "100", "1000"})
  public int layers;

  private Network network;
  private ActivityCounts counts;

  /** Makes a random network and its activity. */
  @Setup
  public void setup() {
    SkipNetwork drawn = SkipNetwork.of(layers);
    network = drawn.network();
    counts = drawn.counts();
  }

  /**
   * Measures the network.
   *
   * @return its emergence
   */
  @Benchmark
  public Emergence measure() {
    return LayerEmergence.PUBLISHED.measure(network, counts);
  }
}
