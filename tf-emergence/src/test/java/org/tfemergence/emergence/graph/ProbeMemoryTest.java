package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.testing.GraphRun;

final class ProbeMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int BATCHES = 10_000;
  private static final int BATCH = 32;
  private static final int WIDTH = 256;

  /*
   * Each batch is 32 KiB, so 10,000 that were kept would be 312 MiB. What settles by itself, heap
   * and malloc, comes with the first tenth.
   */
  private static final long BOUND_KIB = 64 * 1024;

  @Test
  void accumulate_tenThousandBatches_leavesResidentMemoryFlat() throws IOException {
    assumeTrue(Files.exists(STATUS));
    try (GraphRun run = new GraphRun()) {
      Placeholder<TFloat32> x =
          run.tf().placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, WIDTH)));
      ActivityProbe probe =
          ActivityProbe.build(run.tf(), List.of(new Tap("a", x)), ActivityRule.DEFAULT);
      float[] values = new float[BATCH * WIDTH];
      for (int i = 0; i < values.length; i++) {
        values[i] = i % WIDTH < 100 ? 1 : 0;
      }
      stream(run, x, probe, values, 0, BATCHES / 10);
      long before = residentKib();

      ActivityCounts counts = stream(run, x, probe, values, BATCHES / 10, BATCHES);

      assertThat(counts.layers().get(0).active()).isEqualTo(100);
      assertThat(counts.examples()).isEqualTo((long) BATCHES * BATCH);
      assertThat(residentKib() - before).as("growth of resident memory").isLessThan(BOUND_KIB);
    }
  }

  private static ActivityCounts stream(
      GraphRun run, Operand<TFloat32> x, ActivityProbe probe, float[] values, int from, int to) {
    ActivityCounts counts = null;
    for (int i = from; i < to; i++) {
      try (TFloat32 batch = GraphRun.tensor(Shape.of(BATCH, WIDTH), values);
          Result result =
              run.session()
                  .runner()
                  .feed(x, batch)
                  .fetch(i == 0 ? probe.restart() : probe.accumulate())
                  .run()) {
        counts = probe.read((TFloat64) result.get(0));
      }
    }
    return counts;
  }

  private static long residentKib() throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
