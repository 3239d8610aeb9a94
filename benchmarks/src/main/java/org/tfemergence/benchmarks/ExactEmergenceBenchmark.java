package org.tfemergence.benchmarks;

import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
import org.tfemergence.emergence.activity.UnitActivity;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;

/**
 * The reference for exact connectivity on three dense layers and an output of ten, 70% of the
 * weights pruned: it walks every connection.
 *
 * <p>{@code benchmarks/run jmh ExactEmergence}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ExactEmergenceBenchmark {
  /** The width of the hidden layers. */
  @Param({"64", "256", "1024"})
  public int width;

  private Network network;
  private UnitActivity activity;
  private BitSet kept;

  /** Draws activity and masks. */
  @Setup
  public void setup() {
    Random random = new Random(1);
    network =
        Network.chain(
            List.of(
                new Layer("first", width, 1),
                new Layer("second", width, 1),
                new Layer("third", width, 1),
                new Layer("output", 10, 1)));
    Map<String, Integer> units = new LinkedHashMap<>();
    Map<String, BitSet> active = new HashMap<>();
    for (Layer layer : network.layers()) {
      units.put(layer.name(), (int) layer.units());
      active.put(layer.name(), drawn(random, (int) layer.units(), 0.5));
    }
    activity = UnitActivity.of(units, active, 1);
    kept = drawn(random, width * width, 0.3);
  }

  /**
   * Measures the network.
   *
   * @return its emergence
   */
  @Benchmark
  public Emergence measure() {
    return ExactEmergence.ANY_UNIT.measure(
        network, activity, (from, to, weight) -> kept.get(weight));
  }

  private static BitSet drawn(Random random, int size, double share) {
    BitSet bits = new BitSet();
    for (int i = 0; i < size; i++) {
      bits.set(i, random.nextDouble() < share);
    }
    return bits;
  }
}
