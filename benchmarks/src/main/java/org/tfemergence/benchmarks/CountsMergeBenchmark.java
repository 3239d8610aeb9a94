package org.tfemergence.benchmarks;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
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
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;

/**
 * Adding up the counts of examples that had verdicts of their own, of 20 layers.
 *
 * <p>{@code benchmarks/run jmh CountsMerge}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CountsMergeBenchmark {
  private static final int LAYERS = 20;
  private static final int UNITS = 512;

  /** The number of examples. */
  @Param({"128", "10000"})
  public int examples;

  private List<ActivityCounts> counts;

  /** Draws the examples' counts. */
  @Setup
  public void setup() {
    Random random = new Random(1);
    counts = new ArrayList<>();
    for (int example = 0; example < examples; example++) {
      ImmutableList.Builder<LayerActivity> layers = ImmutableList.builder();
      for (int layer = 0; layer < LAYERS; layer++) {
        layers.add(new LayerActivity("layer_" + layer, UNITS, random.nextInt(UNITS), 0));
      }
      counts.add(new ActivityCounts(layers.build(), 1));
    }
  }

  /**
   * Adds them up.
   *
   * @return the sums
   */
  @Benchmark
  public ActivityCounts merge() {
    return ActivityCounts.ofExamples(counts);
  }
}
