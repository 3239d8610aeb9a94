package org.tfemergence.models.text;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.text.Beams.Beam;

/**
 * Searches for target sentences, in a graph that may do other things too. Keys and values of what
 * is decoded already stay on the device, so that the cost of a token hardly depends on how many
 * came before it; per step a token for each row goes in and the best candidates come out.
 *
 * <p>Not for several threads at once: what is decoded lives in variables of the session.
 */
public final class Decoder {
  private final Transformer model;
  private final DecodingGraph graph;

  private Decoder(Transformer model, DecodingGraph graph) {
    this.model = model;
    this.graph = graph;
  }

  /**
   * Adds the operations of a search to a graph that has no such yet, before its first run.
   *
   * @param tf where to add them
   * @param model the network
   * @param built its layers, with the variables to decode with
   * @return the decoder
   */
  public static Decoder build(Ops tf, Transformer model, Model.Built built) {
    return new Decoder(model, new DecodingGraph(tf, new IncrementalDecoder(model, built)));
  }

  /**
   * Decodes a batch of sentences. It takes as many steps as the longest needs; sentences that are
   * done drop out.
   *
   * @param session a session on the graph
   * @param sources the sentences, each ending with {@link SpecialTokens#END}, without padding
   * @param search how to search
   * @return for each sentence what was found, the best first, at least one
   * @throws IllegalArgumentException if a source is one that {@link Transformer#requireSource}
   *     refuses; nothing was run then
   * @throws IllegalStateException if the network's output is not finite
   */
  public ImmutableList<ImmutableList<Hypothesis>> decode(
      Session session, List<int[]> sources, BeamSearch search) {
    if (sources.isEmpty()) {
      return ImmutableList.of();
    }
    sources.forEach(model::requireSource);
    List<Beams> all = new ArrayList<>();
    for (int[] source : sources) {
      int maxLength = search.maxLength(source.length, model.positions());
      all.add(new Beams(search, model.targetVocabulary(), maxLength));
    }
    begin(session, sources);
    List<Beams> active = all;
    int[] sentences = places(active, active); // of the active among those of the last step
    for (int position = 0; !active.isEmpty(); position++) {
      step(session, search, active, sentences, position);
      List<Beams> left = active.stream().filter(beams -> !beams.finished()).toList();
      sentences = places(left, active);
      if (!left.isEmpty() && left.size() < active.size()) {
        keep(session, sentences);
      }
      active = left;
    }
    return all.stream().map(Beams::found).collect(ImmutableList.toImmutableList());
  }

  private void begin(Session session, List<int[]> sources) {
    int longest = sources.stream().mapToInt(source -> source.length).max().orElseThrow();
    int[] padded = new int[sources.size() * longest]; // with SpecialTokens.PADDING, 0
    for (int i = 0; i < sources.size(); i++) {
      System.arraycopy(sources.get(i), 0, padded, i * longest, sources.get(i).length);
    }
    try (TInt32 source = ints(Shape.of(sources.size(), longest), padded)) {
      session.runner().feed(graph.source, source).addTarget(graph.begin).run().close();
    }
  }

  private void keep(Session session, int[] sentences) {
    try (TInt32 kept = ints(Shape.of(sentences.length), sentences)) {
      session.runner().feed(graph.kept, kept).addTarget(graph.keep).run().close();
    }
  }

  private void step(
      Session session, BeamSearch search, List<Beams> active, int[] sentences, int position) {
    int width = search.beam();
    int rows = active.size() * width;
    int[] tokens = new int[rows];
    int[] parents = new int[rows];
    float[] scores = new float[rows];
    int[] endings = new int[rows];
    for (int i = 0; i < active.size(); i++) {
      ImmutableList<Beam> alive = active.get(i).alive();
      for (int j = 0; j < width; j++) {
        int row = i * width + j;
        tokens[row] = alive.get(j).last();
        parents[row] = position == 0 ? 0 : sentences[i] * width + alive.get(j).parent();
        scores[row] = alive.get(j).logProbability();
        endings[row] = active.get(i).ending().code;
      }
    }
    Shape shape = Shape.of(rows);
    try (TInt32 token = ints(shape, tokens);
        TInt32 parent = ints(shape, parents);
        TFloat32 score = TFloat32.tensorOf(shape, DataBuffers.of(scores));
        TInt32 ending = ints(shape, endings);
        TInt32 place = TInt32.scalarOf(position);
        TInt32 count = TInt32.scalarOf(2 * width);
        Result result =
            session
                .runner()
                .feed(graph.tokens, token)
                .feed(graph.parents, parent)
                .feed(graph.scores, score)
                .feed(graph.endings, ending)
                .feed(graph.position, place)
                .feed(graph.count, count)
                .fetch(graph.logProbabilities)
                .fetch(graph.candidates)
                .run()) {
      float[] logProbabilities = new float[rows * 2];
      int[] candidates = new int[rows * 2];
      result.get(0).asRawTensor().data().asFloats().read(logProbabilities);
      result.get(1).asRawTensor().data().asInts().read(candidates);
      for (int i = 0; i < active.size(); i++) {
        int from = i * 2 * width;
        int to = from + 2 * width;
        active
            .get(i)
            .advance(
                Arrays.copyOfRange(logProbabilities, from, to),
                Arrays.copyOfRange(candidates, from, to));
      }
    }
  }

  /* Where each of some sentences stands among others. */
  private static int[] places(List<Beams> some, List<Beams> others) {
    return some.stream().mapToInt(others::indexOf).toArray();
  }

  private static TInt32 ints(Shape shape, int[] values) {
    return TInt32.tensorOf(shape, DataBuffers.of(values));
  }
}
