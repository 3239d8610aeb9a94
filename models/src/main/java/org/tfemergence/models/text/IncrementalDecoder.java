package org.tfemergence.models.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
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
 * the source, once; the other takes the next token and what was kept of those before it. Both are
 * the model's own layers, called on a part.
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

  /** What the attentions of a step look at. */
  interface Past {
    /**
     * Looks at the tokens so far, whose last come in.
     *
     * @param block the number of the decoder's block, from 1
     * @param queries [rows, 1, units]
     * @param keys of the last tokens, [rows, 1, units]
     * @param values of the last tokens, [rows, 1, units]
     * @return contexts [rows, 1, units]
     */
    Operand<TFloat32> self(
        int block, Operand<TFloat32> queries, Operand<TFloat32> keys, Operand<TFloat32> values);

    /**
     * Looks at the source.
     *
     * @param block the number of the decoder's block, from 1
     * @param queries [rows, 1, units]
     * @return contexts [rows, 1, units]
     */
    Operand<TFloat32> cross(int block, Operand<TFloat32> queries);
  }

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
    return heads(layer) * model.headWidth();
  }

  /** Returns how many heads share a {@link #cached} or {@link #remembered} layer. */
  int heads(String layer) {
    for (int i = 0; i < model.decoder().size(); i++) {
      if (layer.startsWith(TransformerPlan.decoder(i + 1, "self/"))) {
        return model.decoder().get(i).heads();
      }
      if (layer.startsWith(TransformerPlan.decoder(i + 1, "cross/"))) {
        return model.decoder().get(i).crossHeads();
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
    GivenPast past = new GivenPast(pass.tf(), this, memory, cache);
    Operand<TFloat32> logits = step(pass, tokens, position, past);
    return new Stepped(logits, past.grown());
  }

  /** Adds the operations of a step; returns logits, [rows, vocabulary]. */
  Operand<TFloat32> step(Pass pass, Operand<TInt32> tokens, Operand<TInt32> position, Past past) {
    Ops tf = pass.tf();
    Pass continued = pass.startingAt(position);
    Map<String, Value> known = new HashMap<>();
    known.put(TransformerPlan.TARGET, Value.of(tf.expandDims(tokens, tf.constant(1))));
    for (int block = 1; block <= model.decoder().size(); block++) {
      UnaryOperator<String> self = part(block, "self");
      UnaryOperator<String> cross = part(block, "cross");
      Operand<TFloat32> found =
          past.self(
              block,
              built.compute(continued, known, self.apply("queries")).floats(),
              built.compute(continued, known, self.apply("keys")).floats(),
              built.compute(continued, known, self.apply("values")).floats());
      known.put(self.apply("context"), Value.of(found));
      Operand<TFloat32> queries = built.compute(continued, known, cross.apply("queries")).floats();
      known.put(cross.apply("context"), Value.of(past.cross(block, queries)));
    }
    Operand<TFloat32> logits =
        built.compute(continued, known, TransformerPlan.LOGITS).floats(); // [rows, 1, vocabulary]
    return tf.reshape(logits, tf.constant(new int[] {-1, model.targetVocabulary()}));
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

  private ImmutableList<String> keysAndValues(String attention) {
    ImmutableList.Builder<String> layers = ImmutableList.builder();
    for (int block = 1; block <= model.decoder().size(); block++) {
      layers.addAll(keysAndValues(block, attention));
    }
    return layers.build();
  }

  private static ImmutableList<String> keysAndValues(int block, String attention) {
    UnaryOperator<String> part = part(block, attention);
    return ImmutableList.of(part.apply("keys"), part.apply("values"));
  }

  /**
   * Returns the names of an attention's layers: {@code queries}, {@code keys}, {@code values}...
   */
  static UnaryOperator<String> part(int block, String attention) {
    return layer -> TransformerPlan.decoder(block, attention + "/" + layer);
  }
}
