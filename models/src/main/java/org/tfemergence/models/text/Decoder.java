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
 * is decoded already stay on the device, and nothing of them is copied or reordered in a step: it
 * writes those of its tokens and looks at all that living beginnings descend from. So a step costs
 * what the network costs for a token, and little more for each that came before it; per step a
 * token for each row goes in and the best candidates come out.
 *
 * <p>While it decodes, memory and cache are variables of the session; they are freed at the end.
 *
 * <p>Not for several threads at once.
 */
public final class Decoder {
  private final Transformer model;
  private final DecodingGraph graph;

  private Decoder(Transformer model, DecodingGraph graph) {
    this.model = model;
    this.graph = graph;
  }

  /**
   * Adds the operations of a search to a graph, before its first run. Several decoders may share a
   * graph; each has a memory of its own.
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
   *     refuses, or the search's least length is above its greatest; nothing was run then
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
    try {
      search(session, sources, search, all);
    } finally {
      session.runner().addTarget(graph.clear).run().close();
    }
    return all.stream().map(Beams::found).collect(ImmutableList.toImmutableList());
  }

  private void search(
      Session session, List<int[]> sources, BeamSearch search, List<Beams> sentences) {
    CacheEntries entries = new CacheEntries(sources.size(), search.beam());
    begin(session, sources, entries.capacity());
    List<Beams> active = sentences;
    for (int position = 0; !active.isEmpty(); position++) {
      step(session, search, active, entries, position);
      List<Beams> left = active.stream().filter(beams -> !beams.finished()).toList();
      if (!left.isEmpty() && (left.size() < active.size() || entries.full())) {
        keep(session, left, active, entries);
      }
      active = left;
    }
  }

  private void begin(Session session, List<int[]> sources, int capacity) {
    int longest = sources.stream().mapToInt(source -> source.length).max().orElseThrow();
    int[] padded = new int[sources.size() * longest]; // with SpecialTokens.PADDING, 0
    for (int i = 0; i < sources.size(); i++) {
      System.arraycopy(sources.get(i), 0, padded, i * longest, sources.get(i).length);
    }
    try (TInt32 source = ints(Shape.of(sources.size(), longest), padded);
        TInt32 room = TInt32.scalarOf(capacity)) {
      session
          .runner()
          .feed(graph.source, source)
          .feed(graph.capacity, room)
          .addTarget(graph.begin)
          .run()
          .close();
    }
  }

  private void keep(Session session, List<Beams> left, List<Beams> active, CacheEntries cache) {
    int[] places = left.stream().mapToInt(active::indexOf).toArray();
    int[] kept = cache.keep(places, alive(left));
    try (TInt32 sentences = ints(Shape.of(places.length), places);
        TInt32 entries = ints(Shape.of(places.length, cache.capacity()), kept)) {
      session
          .runner()
          .feed(graph.sentences, sentences)
          .feed(graph.entries, entries)
          .addTarget(graph.keep)
          .run()
          .close();
    }
  }

  private void step(
      Session session, BeamSearch search, List<Beams> active, CacheEntries entries, int position) {
    int width = search.beam();
    int rows = active.size() * width;
    int[] tokens = new int[rows];
    float[] scores = new float[rows];
    int[] endings = new int[rows];
    for (int row = 0; row < rows; row++) {
      Beams beams = active.get(row / width);
      tokens[row] = beams.alive().get(row % width).last();
      scores[row] = beams.alive().get(row % width).logProbability();
      endings[row] = beams.ending().code;
    }
    int first = entries.used();
    float[] looks = entries.append(alive(active));
    Shape shape = Shape.of(rows);
    try (TInt32 token = ints(shape, tokens);
        TFloat32 score = floats(shape, scores);
        TInt32 ending = ints(shape, endings);
        TInt32 place = TInt32.scalarOf(position);
        TInt32 count = TInt32.scalarOf(2 * width);
        TInt32 used = TInt32.scalarOf(first);
        TFloat32 seen = floats(Shape.of(active.size(), width, entries.capacity()), looks);
        Result result =
            session
                .runner()
                .feed(graph.tokens, token)
                .feed(graph.scores, score)
                .feed(graph.endings, ending)
                .feed(graph.position, place)
                .feed(graph.count, count)
                .feed(graph.used, used)
                .feed(graph.seen, seen)
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

  private static List<ImmutableList<Beam>> alive(List<Beams> sentences) {
    return sentences.stream().map(Beams::alive).toList();
  }

  private static TFloat32 floats(Shape shape, float[] values) {
    return TFloat32.tensorOf(shape, DataBuffers.of(values));
  }

  private static TInt32 ints(Shape shape, int[] values) {
    return TInt32.tensorOf(shape, DataBuffers.of(values));
  }
}
