package org.tfemergence.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.text.BeamSearch;
import org.tfemergence.models.text.Decoder;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.variable.Variables;

/**
 * What a step of decoding costs as sentences grow: 16 sentences by a Transformer of IWSLT's sizes
 * with random weights, greedily and by beams of five. Sentences end at exactly the length asked
 * for.
 */
public final class Decoding {
  private static final int SENTENCES = 16;
  private static final int SOURCE_TOKENS = 25;
  private static final int REPETITIONS = 3;
  private static final int[] LENGTHS = {10, 50, 100, 200};

  private Decoding() {}

  /**
   * Runs the benchmark.
   *
   * @param args none
   */
  @SuppressWarnings("SystemOut") // a program's result
  public static void main(String[] args) {
    Transformer model = Transformer.iwslt(8_848, 6_632);
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Model.Built built = model.build(Variables.initialized(tf), Xavier.uniform(1));
      Decoder decoder = Decoder.build(tf, model, built);
      try (Session session = new Session(graph)) {
        for (int beam : new int[] {1, 5}) {
          seconds(decoder, session, beam, LENGTHS[0], 0); // warms up
          double[] perStep = perStep(decoder, session, beam);
          for (int i = 0; i < LENGTHS.length; i++) {
            System.out.printf(
                Locale.ROOT,
                "beam %d, length %3d: %6.1f ms a step, %.2f times that of length %d%n",
                beam,
                LENGTHS[i],
                1e3 * perStep[i],
                perStep[i] / perStep[0],
                LENGTHS[0]);
          }
        }
      }
    }
  }

  /* The median time of a step by length; the lengths take turns. */
  private static double[] perStep(Decoder decoder, Session session, int beam) {
    double[][] seconds = new double[LENGTHS.length][REPETITIONS];
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
      for (int i = 0; i < LENGTHS.length; i++) {
        seconds[i][repetition] = seconds(decoder, session, beam, LENGTHS[i], repetition);
      }
    }
    double[] medians = new double[LENGTHS.length];
    for (int i = 0; i < LENGTHS.length; i++) {
      Arrays.sort(seconds[i]);
      medians[i] = seconds[i][REPETITIONS / 2] / (LENGTHS[i] + 1); // the end is a step too
    }
    return medians;
  }

  private static double seconds(Decoder decoder, Session session, int beam, int length, int seed) {
    BeamSearch search = new BeamSearch(beam, 1, length, 0, length);
    List<int[]> sources = sources(seed);
    long start = System.nanoTime();
    int found = decoder.decode(session, sources, search).get(0).get(0).tokens().length();
    double seconds = (System.nanoTime() - start) * 1e-9;
    if (found != length) {
      throw new IllegalStateException("expected " + length + " tokens, got " + found);
    }
    return seconds;
  }

  private static List<int[]> sources(int seed) {
    Random random = new Random(seed);
    List<int[]> sources = new ArrayList<>();
    for (int i = 0; i < SENTENCES; i++) {
      int[] source = random.ints(SOURCE_TOKENS, SpecialTokens.COUNT, 8_848).toArray();
      source[SOURCE_TOKENS - 1] = SpecialTokens.END;
      sources.add(source);
    }
    return sources;
  }
}
