package org.tfemergence.models.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.DestroyResourceOp;
import org.tensorflow.op.core.Gather;
import org.tensorflow.op.core.ResourceStridedSliceAssign;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.models.layer.Heads;
import org.tfemergence.models.text.IncrementalDecoder.Memory;

/*
 * Keys and values are laid out as attention multiplies them, and a step writes its own in place:
 * TensorFlow assigns to a slice of a variable without a copy while nothing else reads it, so the
 * assignment comes before the read. Nothing is reordered when beginnings of sentences die or
 * branch: all of a sentence stand in one row, and each looks at those that are its own. The room
 * that is not used yet is looked at by none, and must be finite all the same.
 */
/**
 * What a search keeps on the device, in variables of the session that are never saved: keys and
 * values of the source, [sentences, heads, source positions, units of a head], and of what was
 * decoded, [sentences, heads, entries, units of a head], with room for some steps.
 */
final class DecodingCache {
  private static final long ALL_BUT_ENTRIES = 0b1011; // axes 0, 1 and 3, as a mask of bits
  private static final String REAL = "real"; // [sentences, source positions], 1 or 0

  private final Ops tf;
  private final IncrementalDecoder decoder;
  private final String name;
  private final Map<String, VarHandleOp> variables = new HashMap<>();

  /** Adds the variables, whose names no other search of the graph has. */
  DecodingCache(Ops graph, IncrementalDecoder decoder) {
    this.decoder = decoder;
    name = graph.scope().makeOpName("cache");
    tf = graph.withSubScope("variables");
    variable(REAL, Shape.of(-1, -1));
    decoder.remembered().forEach(this::variable);
    decoder.cached().forEach(this::variable);
  }

  /** Adds the operation that begins with a source, and room for some entries. */
  Op begin(Memory memory, Operand<TInt32> capacity) {
    List<Op> done = new ArrayList<>();
    done.add(assign(REAL, memory.real()));
    memory
        .projections()
        .forEach(
            (layer, value) ->
                done.add(assign(layer, Heads.split(tf, value, decoder.heads(layer)))));
    Operand<TInt32> sentences = size(memory.real(), 0);
    for (String layer : decoder.cached()) {
      Operand<TInt32> shape =
          tf.stack(
              List.of(
                  sentences,
                  tf.constant(decoder.heads(layer)),
                  capacity,
                  tf.constant(decoder.model().headWidth())));
      done.add(assign(layer, tf.fill(shape, tf.constant(0f))));
    }
    return tf.withControlDependencies(done).noOp();
  }

  /**
   * Returns what a step looks at.
   *
   * @param step where to add operations
   * @param used where the entries of the step go, a scalar
   * @param seen [sentences, beam, capacity], 1 where a row looks at an entry, else 0
   * @return it
   */
  IncrementalDecoder.Past past(Ops step, Operand<TInt32> used, Operand<TFloat32> seen) {
    Operand<TFloat32> padding = // [sentences, 1, source positions]
        step.expandDims(Heads.hiding(step, read(step, REAL)), step.constant(1));
    return new Stored(step, used, seen, Heads.hiding(step, seen), padding);
  }

  /** Adds the operation that forgets all but some sentences, and all but some of their entries. */
  Op keep(Operand<TInt32> sentences, Operand<TInt32> entries) {
    List<Op> done = new ArrayList<>();
    done.add(assign(REAL, tf.gather(read(tf, REAL), sentences, tf.constant(0))));
    for (String layer : decoder.remembered()) {
      done.add(assign(layer, tf.gather(read(tf, layer), sentences, tf.constant(0))));
    }
    for (String layer : decoder.cached()) {
      Operand<TFloat32> rows = tf.gather(read(tf, layer), sentences, tf.constant(0));
      done.add(assign(layer, tf.gather(rows, entries, tf.constant(2), Gather.batchDims(1L))));
    }
    return tf.withControlDependencies(done).noOp();
  }

  /** Adds the operation that frees the variables' memory. */
  Op clear() {
    List<Op> done = new ArrayList<>();
    variables
        .values()
        .forEach(
            handle ->
                done.add(tf.destroyResourceOp(handle, DestroyResourceOp.ignoreLookupError(true))));
    return tf.withControlDependencies(done).noOp();
  }

  /** The variables, in a step. */
  private final class Stored implements IncrementalDecoder.Past {
    private final Ops step;
    private final Operand<TInt32> used;
    private final Operand<TFloat32> seen;
    private final Operand<TFloat32> hidden; // [sentences, 1, beam, entries]
    private final Operand<TFloat32> padding; // [sentences, 1, 1, source positions]

    Stored(
        Ops step,
        Operand<TInt32> used,
        Operand<TFloat32> seen,
        Operand<TFloat32> hidden,
        Operand<TFloat32> padding) {
      this.step = step;
      this.used = used;
      this.seen = seen;
      this.hidden = step.expandDims(hidden, step.constant(1));
      this.padding = step.expandDims(padding, step.constant(1));
    }

    @Override
    public Operand<TFloat32> self(
        int block, Operand<TFloat32> queries, Operand<TFloat32> keys, Operand<TFloat32> values) {
      UnaryOperator<String> part = IncrementalDecoder.part(block, "self");
      return attend(
          queries,
          append(part.apply("keys"), keys),
          append(part.apply("values"), values),
          decoder.heads(part.apply("keys")),
          hidden);
    }

    @Override
    public Operand<TFloat32> cross(int block, Operand<TFloat32> queries) {
      UnaryOperator<String> part = IncrementalDecoder.part(block, "cross");
      return attend(
          queries,
          read(step, part.apply("keys")),
          read(step, part.apply("values")),
          decoder.heads(part.apply("keys")),
          padding);
    }

    private Operand<TFloat32> attend(
        Operand<TFloat32> queries,
        Operand<TFloat32> keys,
        Operand<TFloat32> values,
        int heads,
        Operand<TFloat32> hidden) {
      Operand<TFloat32> weights =
          Heads.weightsOfFew(step, perSentence(queries, heads), keys, Optional.of(hidden));
      Operand<TFloat32> contexts = Heads.mix(step, weights, values); // [sentences, beam, units]
      int units = heads * decoder.model().headWidth();
      return step.reshape(contexts, step.constant(new int[] {-1, 1, units}));
    }

    /* Writes a step's rows in place; returns all entries. */
    private Operand<TFloat32> append(String layer, Operand<TFloat32> rows) {
      Operand<TInt32> zero = step.constant(0);
      Operand<TInt32> end = step.math.add(used, size(seen, 1));
      Op written =
          step.resourceStridedSliceAssign(
              variables.get(layer),
              step.stack(List.of(zero, zero, used, zero)),
              step.stack(List.of(zero, zero, end, zero)),
              step.constant(new int[] {1, 1, 1, 1}),
              perSentence(rows, decoder.heads(layer)),
              ResourceStridedSliceAssign.beginMask(ALL_BUT_ENTRIES),
              ResourceStridedSliceAssign.endMask(ALL_BUT_ENTRIES));
      return read(step.withControlDependencies(List.of(written)), layer);
    }

    /* [rows, 1, units] becomes [sentences, heads, beam, units of a head]. */
    private Operand<TFloat32> perSentence(Operand<TFloat32> rows, int heads) {
      int units = heads * decoder.model().headWidth();
      Operand<TInt32> shape =
          step.stack(List.of(size(seen, 0), size(seen, 1), step.constant(units)));
      return Heads.split(step, step.reshape(rows, shape), heads);
    }
  }

  private Operand<TInt32> size(Operand<TFloat32> x, int axis) {
    return tf.gather(tf.shape(x), tf.constant(axis), tf.constant(0));
  }

  private void variable(String layer) {
    variable(layer, Shape.of(-1, decoder.heads(layer), -1, decoder.model().headWidth()));
  }

  private void variable(String layer, Shape shape) {
    variables.put(
        layer,
        tf.withName(layer.replace('/', '.'))
            .varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name + "/" + layer)));
  }

  private Operand<TFloat32> read(Ops where, String layer) {
    return where.readVariableOp(variables.get(layer), TFloat32.class);
  }

  private Op assign(String layer, Operand<TFloat32> value) {
    return tf.assignVariableOp(variables.get(layer), value);
  }
}
