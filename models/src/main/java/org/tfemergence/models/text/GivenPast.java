package org.tfemergence.models.text;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.models.layer.Heads;
import org.tfemergence.models.text.IncrementalDecoder.Memory;

/** Looks at a memory and a cache that are given, and gives the cache back with the last tokens. */
final class GivenPast implements IncrementalDecoder.Past {
  private final Ops tf;
  private final IncrementalDecoder decoder;
  private final Memory memory;
  private final Map<String, Operand<TFloat32>> cache;
  private final Operand<TFloat32> padding; // [sentences, 1, 1, source positions]
  private final ImmutableMap.Builder<String, Operand<TFloat32>> grown = ImmutableMap.builder();

  GivenPast(
      Ops tf, IncrementalDecoder decoder, Memory memory, Map<String, Operand<TFloat32>> cache) {
    this.tf = tf;
    this.decoder = decoder;
    this.memory = memory;
    this.cache = cache;
    padding =
        tf.expandDims(
            tf.expandDims(Heads.hiding(tf, memory.real()), tf.constant(1)), tf.constant(1));
  }

  @Override
  public Operand<TFloat32> self(
      int block, Operand<TFloat32> queries, Operand<TFloat32> keys, Operand<TFloat32> values) {
    UnaryOperator<String> part = IncrementalDecoder.part(block, "self");
    return attend(
        decoder.heads(part.apply("keys")),
        queries,
        append(part.apply("keys"), keys),
        append(part.apply("values"), values),
        Optional.empty());
  }

  /*
   * The rows of a sentence look at one memory: as if they were positions of one query, they need no
   * copies of it.
   */
  @Override
  public Operand<TFloat32> cross(int block, Operand<TFloat32> queries) {
    UnaryOperator<String> part = IncrementalDecoder.part(block, "cross");
    int units = decoder.units(part.apply("keys"));
    Operand<TInt32> sentences = tf.gather(tf.shape(padding), tf.constant(0), tf.constant(0));
    Operand<TFloat32> found =
        attend(
            decoder.heads(part.apply("keys")),
            tf.reshape(queries, tf.stack(List.of(sentences, tf.constant(-1), tf.constant(units)))),
            memory.projections().get(part.apply("keys")),
            memory.projections().get(part.apply("values")),
            Optional.of(padding));
    return tf.reshape(found, tf.constant(new int[] {-1, 1, units}));
  }

  /** Returns the cache behind the step. */
  ImmutableMap<String, Operand<TFloat32>> grown() {
    return grown.buildOrThrow();
  }

  private Operand<TFloat32> append(String layer, Operand<TFloat32> now) {
    Operand<TFloat32> all = tf.concat(List.of(cache.get(layer), now), tf.constant(1));
    grown.put(layer, all);
    return all;
  }

  private Operand<TFloat32> attend(
      int heads,
      Operand<TFloat32> queries,
      Operand<TFloat32> keys,
      Operand<TFloat32> values,
      Optional<Operand<TFloat32>> hidden) {
    Operand<TFloat32> weights =
        Heads.weightsOfFew(
            tf, Heads.split(tf, queries, heads), Heads.split(tf, keys, heads), hidden);
    return Heads.mix(tf, weights, Heads.split(tf, values, heads));
  }
}
