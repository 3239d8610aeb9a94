package org.tfemergence.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.random.RandomUniform;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.graph.ActivityHistograms;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.UnitRecords;

/**
 * Records of units and histograms over a stream of 10,000 batches of one layer of 1,024 units: time
 * per batch, and by how much the process grows.
 *
 * <p>{@code benchmarks/run activity-stream}
 */
public final class ActivityStream {
  private static final int BATCHES = 10_000;
  private static final int[] BATCH = {64, 1024};

  private ActivityStream() {}

  /**
   * Prints the figures.
   *
   * @param args none
   * @throws IOException if the process' memory cannot be read
   */
  @SuppressWarnings("SystemOut") // a program's result
  public static void main(String[] args) throws IOException {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> activations =
          tf.random.randomUniform(tf.constant(BATCH), TFloat32.class, RandomUniform.seed(1L));
      List<Tap> taps = List.of(new Tap("layer", activations));
      UnitRecords records = UnitRecords.build(tf, taps, ActivityRule.DEFAULT, 100);
      ActivityHistograms histograms = ActivityHistograms.build(tf, taps);
      Operand<TFloat64> drawn =
          tf.dtypes.cast(tf.math.mean(activations, tf.array(0, 1)), TFloat64.class);
      try (Session session = new Session(graph)) {
        stream(session, "drawing the batch only", drawn);
        stream(session, "records, a look each batch", records.observationAfterRestart().dead());
        run(session, histograms.restart(), 1);
        stream(session, "histograms, one over all", histograms.accumulate());
      }
    }
  }

  @SuppressWarnings("SystemOut") // a program's result
  private static void stream(Session session, String name, Operand<TFloat64> output)
      throws IOException {
    run(session, output, BATCHES / 10);
    long before = ProcessMemory.resident();
    long start = System.nanoTime();
    run(session, output, BATCHES);
    double microseconds = (System.nanoTime() - start) * 1e-3 / BATCHES;
    System.out.printf(
        Locale.ROOT,
        "%s: %.0f microseconds a batch; %+d MiB resident after %d%n",
        name,
        microseconds,
        ProcessMemory.resident() - before,
        BATCHES);
  }

  private static void run(Session session, Operand<TFloat64> output, int times) {
    for (int i = 0; i < times; i++) {
      session.runner().fetch(output).run().close();
    }
  }
}
