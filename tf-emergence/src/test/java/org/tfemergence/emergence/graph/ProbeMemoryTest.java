package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.ProcessMemory;

final class ProbeMemoryTest {
  private static final int BATCHES = 10_000;
  private static final int BATCH = 32;
  private static final int WIDTH = 256;

  /*
   * Each batch is 32 KiB, so 10,000 that were kept would be 312 MiB. What settles by itself, heap
   * and malloc, comes with the first tenth.
   */
  private static final long BOUND_KIB = 64 * 1024;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void accumulate_tenThousandBatches_leavesResidentMemoryFlat(boolean eachExample)
      throws IOException {
    assumeTrue(ProcessMemory.isKnown());
    try (GraphRun run = new GraphRun()) {
      Placeholder<TFloat32> x =
          run.tf().placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, WIDTH)));
      List<Tap> taps = List.of(new Tap("a", x));
      CountsProbe probe =
          eachExample
              ? ExampleProbe.build(
                  run.tf(),
                  taps,
                  new ExampleRule(0.05),
                  Network.chain(List.of(new Layer("a", WIDTH, 0))),
                  LayerEmergence.PUBLISHED)
              : ActivityProbe.build(run.tf(), taps, ActivityRule.DEFAULT);
      float[] values = new float[BATCH * WIDTH];
      for (int i = 0; i < values.length; i++) {
        values[i] = i % WIDTH < 100 ? 1 : 0;
      }
      stream(run, x, probe, values, 0, BATCHES / 10);
      long before = ProcessMemory.residentKib();

      ActivityCounts counts = stream(run, x, probe, values, BATCHES / 10, BATCHES);

      long verdicts = eachExample ? (long) BATCHES * BATCH : 1;
      assertThat(counts.layers().get(0).active()).isEqualTo(100 * verdicts);
      assertThat(counts.examples()).isEqualTo((long) BATCHES * BATCH);
      assertThat(ProcessMemory.residentKib() - before)
          .as("growth of resident memory")
          .isLessThan(BOUND_KIB);
    }
  }

  private static ActivityCounts stream(
      GraphRun run, Operand<TFloat32> x, CountsProbe probe, float[] values, int from, int to) {
    ActivityCounts counts = null;
    for (int i = from; i < to; i++) {
      try (TFloat32 batch = GraphRun.tensor(Shape.of(BATCH, WIDTH), values);
          Result result =
              run.session()
                  .runner()
                  .feed(x, batch)
                  .fetch(i == 0 ? probe.restart() : probe.accumulate())
                  .run()) {
        counts = (i == 0 ? probe.restart() : probe.accumulate()).read(result);
      }
    }
    return counts;
  }
}
