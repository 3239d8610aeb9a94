package org.tfemergence.models.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;

/**
 * A Transformer that produces its target token by token, as functions without state: one encodes
 * the source, once; the other takes the next token and what was kept of those before it, so that a
 * step costs no more than its attention looks at. Both are the model's own layers, called on a
 * part.
 *
 * @param model the network
 * @param built its layers, with variables
 */
public record IncrementalDecoder(Transformer model, Model.Built built) {
  /**
   * What the decoder looks at: the keys and values that each block makes of the source.
   *
   * @param projections by layer, [sentences, source positions, units]
   * @param real which source positions are not padding, [sentences, source positions], 1 or 0
   */
  public record Memory(
      ImmutableMap<String, Operand<TFloat32>> projections, Operand<TFloat32> real) {}

  /**
   * What a step gives.
   *
   * @param logits of the tokens that come next, [rows, target vocabulary]
   * @param cache by layer, keys and values of all positions so far, [rows, positions, units]
   */
  public record Stepped(Operand<TFloat32> logits, ImmutableMap<String, Operand<TFloat32>> cache) {}

  /**
   * A function to be called from outside, such as a signature of a SavedModel.
   *
   * @param name the function's name
   * @param inputs what it takes, by name
   * @param outputs what it gives, by name
   */
  public record Endpoint(
      String name,
      ImmutableMap<String, Operand<?>> inputs,
      ImmutableMap<String, Operand<?>> outputs) {}

  /**
   * Returns the layers whose output for all positions so far a step needs.
   *
   * @return keys and values of each self-attention, by layer's name
   */
  public ImmutableList<String> cached() {
    return keysAndValues("self");
  }

  /**
   * Returns the layers whose output for the source a step needs.
   *
   * @return keys and values of each attention to the source, by layer's name
   */
  public ImmutableList<String> remembered() {
    return keysAndValues("cross");
  }

  /**
   * Returns how many units a {@link #cached} or {@link #remembered} layer has.
   *
   * @param layer the layer's name
   * @return the number of units at each position
   */
  public int units(String layer) {
    for (int i = 0; i < model.decoder().size(); i++) {
      if (layer.startsWith(TransformerPlan.decoder(i + 1, "self/"))) {
        return model.decoder().get(i).heads() * model.headWidth();
      }
      if (layer.startsWith(TransformerPlan.decoder(i + 1, "cross/"))) {
        return model.decoder().get(i).crossHeads() * model.headWidth();
      }
    }
    throw new IllegalArgumentException("there is no attention with a layer '" + layer + "'");
  }

  /**
   * Adds the operations that encode source sentences.
   *
   * @param pass where to add them
   * @param source token ids, int32 [sentences, source positions]
   * @return what the decoder looks at
   */
  public Memory encode(Pass pass, Operand<TInt32> source) {
    Map<String, Value> known = new HashMap<>();
    known.put(TransformerPlan.SOURCE, Value.of(source));
    ImmutableMap.Builder<String, Operand<TFloat32>> projections = ImmutableMap.builder();
    Operand<TBool> real =
        pass.tf().math.notEqual(source, pass.tf().constant(SpecialTokens.PADDING));
    for (String layer : remembered()) {
      projections.put(layer, built.compute(pass, known, layer).floats());
    }
    return new Memory(projections.buildOrThrow(), pass.tf().dtypes.cast(real, TFloat32.class));
  }

  /**
   * Adds the operations of a step. Where there are more rows than sentences, each sentence has as
   * many rows as any other, and they stand together.
   *
   * @param pass where to add them
   * @param tokens the last token of each row, int32 [rows]; in the first step {@link
   *     SpecialTokens#END}
   * @param position the token's position, from 0, a scalar
   * @param memory what the decoder looks at
   * @param cache by layer, what the last step gave; in the first, [rows, 0, units]
   * @return the next step's logits and cache
   */
  public Stepped step(
      Pass pass,
      Operand<TInt32> tokens,
      Operand<TInt32> position,
      Memory memory,
      Map<String, Operand<TFloat32>> cache) {
    Ops tf = pass.tf();
    Pass continued = pass.startingAt(position);
    Map<String, Value> known = new HashMap<>();
    known.put(TransformerPlan.TARGET, Value.of(tf.expandDims(tokens, tf.constant(1))));
    Optional<Operand<TBool>> real = Optional.of(tf.math.greater(memory.real(), tf.constant(0f)));
    memory.projections().forEach((layer, value) -> known.put(layer, new Value(value, real)));
    ImmutableMap.Builder<String, Operand<TFloat32>> grown = ImmutableMap.builder();
    for (int block = 1; block <= model.decoder().size(); block++) {
      for (String layer : keysAndValues(block, "self")) {
        Operand<TFloat32> now = built.compute(continued, known, layer).floats(); // [rows, 1, units]
        Operand<TFloat32> all = tf.concat(List.of(cache.get(layer), now), tf.constant(1));
        known.put(layer, Value.of(all));
        grown.put(layer, all);
      }
      lookAtSource(continued, known, block, memory);
    }
    Operand<TFloat32> logits =
        built.compute(continued, known, TransformerPlan.LOGITS).floats(); // [rows, 1, vocabulary]
    Operand<TFloat32> flat =
        tf.reshape(logits, tf.constant(new int[] {-1, model.targetVocabulary()}));
    return new Stepped(flat, grown.buildOrThrow());
  }

  /**
   * Adds both functions, with placeholders as their inputs, for a graph that is exported.
   *
   * <ul>
   *   <li>{@code encode}: {@code source} int32 [sentences, positions] gives {@code memory_real}
   *       [sentences, positions] and a {@code memory_LAYER} [sentences, positions, units] for each
   *       of {@link #remembered};
   *   <li>{@code step}: {@code tokens} int32 [rows], {@code position} int32 [], all that {@code
   *       encode} gave, and a {@code cache_LAYER} [rows, positions so far, units] for each of
   *       {@link #cached} give {@code logits} [rows, target vocabulary] and every {@code
   *       cache_LAYER} for the next step. At first caches are of no positions, [rows, 0, units];
   *   <li>{@code decode}: {@code source} int32 [sentences, positions] and {@code limit} int32 [],
   *       the greatest number of tokens before the end, in [1, positions of the network), give
   *       {@code tokens} int32 [sentences, positions of the longest], each sentence with its end
   *       and then padding, and {@code lengths} int32 [sentences], without the end: what greedy
   *       search ({@link BeamSearch#greedy}) finds, in a loop within the graph.
   * </ul>
   *
   * In the names of layers, slashes are underscores.
   *
   * @param tf where to add them
   * @return the functions
   */
  public ImmutableList<Endpoint> endpoints(Ops tf) {
    return ImmutableList.of(
        encode(tf.withSubScope("encode")),
        step(tf.withSubScope("step")),
        new GreedyLoop(model).endpoint(tf.withSubScope("decode"), built));
  }

  private Endpoint encode(Ops tf) {
    Operand<TInt32> source = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
    Memory memory = encode(Pass.inference(tf), source);
    ImmutableMap.Builder<String, Operand<?>> outputs = ImmutableMap.builder();
    outputs.put("memory_real", memory.real());
    memory.projections().forEach((layer, value) -> outputs.put(key("memory", layer), value));
    return new Endpoint(
        "encode", ImmutableMap.of(TransformerPlan.SOURCE, source), outputs.buildOrThrow());
  }

  private Endpoint step(Ops tf) {
    ImmutableMap.Builder<String, Operand<?>> inputs = ImmutableMap.builder();
    Operand<TInt32> tokens = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
    Operand<TInt32> position = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
    Operand<TFloat32> real = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1)));
    inputs.put("tokens", tokens).put("position", position).put("memory_real", real);
    ImmutableMap<String, Operand<TFloat32>> projections = placeholders(tf, remembered());
    projections.forEach((layer, value) -> inputs.put(key("memory", layer), value));
    ImmutableMap<String, Operand<TFloat32>> cache = placeholders(tf, cached());
    cache.forEach((layer, value) -> inputs.put(key("cache", layer), value));
    Stepped stepped =
        step(Pass.inference(tf), tokens, position, new Memory(projections, real), cache);
    ImmutableMap.Builder<String, Operand<?>> outputs = ImmutableMap.builder();
    outputs.put(TransformerPlan.LOGITS, stepped.logits());
    stepped.cache().forEach((layer, value) -> outputs.put(key("cache", layer), value));
    return new Endpoint("step", inputs.buildOrThrow(), outputs.buildOrThrow());
  }

  private ImmutableMap<String, Operand<TFloat32>> placeholders(Ops tf, List<String> layers) {
    ImmutableMap.Builder<String, Operand<TFloat32>> placeholders = ImmutableMap.builder();
    for (String layer : layers) {
      Shape shape = Shape.of(-1, -1, units(layer));
      placeholders.put(layer, tf.placeholder(TFloat32.class, Placeholder.shape(shape)));
    }
    return placeholders.buildOrThrow();
  }

  private static String key(String prefix, String layer) {
    return prefix + "_" + layer.replace('/', '_');
  }

  /*
   * The rows of a sentence look at one memory: as if they were positions of one query, they need no
   * copies of it.
   */
  private void lookAtSource(Pass pass, Map<String, Value> known, int block, Memory memory) {
    String queries = TransformerPlan.decoder(block, "cross/queries");
    String context = TransformerPlan.decoder(block, "cross/context");
    Operand<TFloat32> rows = built.compute(pass, known, queries).floats(); // [rows, 1, units]
    known.put(queries, Value.of(grouped(pass.tf(), rows, memory.real())));
    Operand<TFloat32> found = built.compute(pass, known, context).floats();
    int units = units(queries);
    known.put(
        context, Value.of(pass.tf().reshape(found, pass.tf().constant(new int[] {-1, 1, units}))));
  }

  private static Operand<TFloat32> grouped(
      Ops tf, Operand<TFloat32> rows, Operand<TFloat32> perSentence) {
    Operand<TInt32> sentences = tf.gather(tf.shape(perSentence), tf.constant(0), tf.constant(0));
    int units = (int) rows.asOutput().shape().get(-1);
    return tf.reshape(rows, tf.stack(List.of(sentences, tf.constant(-1), tf.constant(units))));
  }

  private ImmutableList<String> keysAndValues(String attention) {
    ImmutableList.Builder<String> layers = ImmutableList.builder();
    for (int block = 1; block <= model.decoder().size(); block++) {
      layers.addAll(keysAndValues(block, attention));
    }
    return layers.build();
  }

  private static ImmutableList<String> keysAndValues(int block, String attention) {
    return ImmutableList.of(
        TransformerPlan.decoder(block, attention + "/keys"),
        TransformerPlan.decoder(block, attention + "/values"));
  }
}
