package org.tfemergence.models.text;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.text.IncrementalDecoder.Memory;
import org.tfemergence.models.text.IncrementalDecoder.Stepped;

/**
 * The operations of a search. Memory and cache live in variables of the device, which grow with the
 * sequence and are never saved; a step brings in a token per row and takes out the best candidates.
 */
final class DecodingGraph {
  final Placeholder<TInt32> source; // [sentences, source positions]

  /** Encodes {@link #source}, and forgets all that was decoded before. */
  final Op begin;

  final Placeholder<TInt32> tokens; // [rows]
  final Placeholder<TInt32> parents; // [rows], the row of the last step that each goes on from
  final Placeholder<TInt32> position; // []
  final Placeholder<TFloat32> scores; // [rows], log probabilities up to the token
  final Placeholder<TInt32> endings; // [rows], codes of Beams.Ending
  final Placeholder<TInt32> count; // [], how many candidates of each sentence

  /** The best candidates of each sentence, [sentences, count], descending; completes the step. */
  final Operand<TFloat32> logProbabilities;

  /** Row among the sentence's times vocabulary plus token, [sentences, count]. */
  final Operand<TInt32> candidates;

  final Placeholder<TInt32> kept; // [sentences], of those there were

  /** Forgets all sentences but {@link #kept}. */
  final Op keep;

  private final Ops tf;
  private final IncrementalDecoder decoder;
  private final Map<String, VarHandleOp> variables = new HashMap<>();

  DecodingGraph(Ops graph, IncrementalDecoder decoder) {
    tf = graph.withSubScope("decoding");
    this.decoder = decoder;
    source = input(TInt32.class, Shape.of(-1, -1));
    tokens = input(TInt32.class, Shape.of(-1));
    parents = input(TInt32.class, Shape.of(-1));
    position = input(TInt32.class, Shape.scalar());
    scores = input(TFloat32.class, Shape.of(-1));
    endings = input(TInt32.class, Shape.of(-1));
    count = input(TInt32.class, Shape.scalar());
    kept = input(TInt32.class, Shape.of(-1));
    variable("real", Shape.of(-1, -1));
    decoder.remembered().forEach(this::variable);
    decoder.cached().forEach(this::variable);

    begin = begin();
    Memory memory = new Memory(read(decoder.remembered()), read("real"));
    Map<String, Operand<TFloat32>> cache = new HashMap<>();
    for (String layer : decoder.cached()) {
      cache.put(layer, tf.gather(read(layer), parents, tf.constant(0)));
    }
    Pass pass = Pass.inference(tf.withSubScope("step"));
    Stepped stepped = decoder.step(pass, tokens, position, memory, cache);
    List<Op> stored = new ArrayList<>();
    stepped.cache().forEach((layer, value) -> stored.add(assign(layer, value)));
    TopK<TFloat32, TInt32> best =
        tf.nn.topK(perSentence(allowed(stepped.logits())), count, TInt32.class);
    logProbabilities = tf.withControlDependencies(stored).identity(best.values());
    candidates = best.indices();
    keep = keep();
  }

  private Op begin() {
    Memory memory = decoder.encode(Pass.inference(tf.withSubScope("encode")), source);
    List<Op> done = new ArrayList<>();
    done.add(assign("real", memory.real()));
    memory.projections().forEach((layer, value) -> done.add(assign(layer, value)));
    for (String layer : decoder.cached()) {
      // One row without positions, from which all rows of the first step go on.
      Operand<TInt32> empty = tf.constant(new int[] {1, 0, decoder.units(layer)});
      done.add(assign(layer, tf.fill(empty, tf.constant(0f))));
    }
    return tf.withControlDependencies(done).noOp();
  }

  private Op keep() {
    List<Op> done = new ArrayList<>();
    done.add(assign("real", tf.gather(read("real"), kept, tf.constant(0))));
    for (String layer : decoder.remembered()) {
      done.add(assign(layer, tf.gather(read(layer), kept, tf.constant(0))));
    }
    return tf.withControlDependencies(done).noOp();
  }

  /* Log probabilities up to each next token, [rows, vocabulary]; -infinity where it must not come. */
  private Operand<TFloat32> allowed(Operand<TFloat32> logits) {
    int vocabulary = decoder.model().targetVocabulary();
    Operand<TFloat32> sums =
        tf.math.add(tf.nn.logSoftmax(logits), tf.expandDims(scores, tf.constant(1)));
    Operand<TInt32> ids = tf.range(tf.constant(0), tf.constant(vocabulary), tf.constant(1));
    Operand<TBool> ends = tf.math.equal(ids, tf.constant(SpecialTokens.END)); // [vocabulary]
    Operand<TBool> padding = tf.math.equal(ids, tf.constant(SpecialTokens.PADDING));
    Operand<TBool> forbidden =
        tf.math.logicalOr(
            tf.math.logicalAnd(ends, rows(Beams.Ending.FORBIDDEN)),
            tf.math.logicalAnd(tf.math.logicalNot(ends), rows(Beams.Ending.FORCED)));
    return tf.select(
        tf.math.logicalOr(padding, forbidden), tf.constant(Float.NEGATIVE_INFINITY), sums);
  }

  /* The rows of an ending, [rows, 1]. */
  private Operand<TBool> rows(Beams.Ending ending) {
    return tf.expandDims(tf.math.equal(endings, tf.constant(ending.code)), tf.constant(1));
  }

  private Operand<TFloat32> perSentence(Operand<TFloat32> rows) {
    Operand<TInt32> sentences = tf.gather(tf.shape(read("real")), tf.constant(0), tf.constant(0));
    return tf.reshape(rows, tf.stack(List.of(sentences, tf.constant(-1))));
  }

  private <T extends TType> Placeholder<T> input(Class<T> type, Shape shape) {
    return tf.placeholder(type, Placeholder.shape(shape));
  }

  private void variable(String layer) {
    variable(layer, Shape.of(-1, -1, decoder.units(layer)));
  }

  private void variable(String name, Shape shape) {
    variables.put(
        name,
        tf.withName(name.replace('/', '.'))
            .varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName("decoding/" + name)));
  }

  private Operand<TFloat32> read(String name) {
    return tf.readVariableOp(variables.get(name), TFloat32.class);
  }

  private ImmutableMap<String, Operand<TFloat32>> read(List<String> names) {
    ImmutableMap.Builder<String, Operand<TFloat32>> values = ImmutableMap.builder();
    names.forEach(name -> values.put(name, read(name)));
    return values.buildOrThrow();
  }

  private Op assign(String name, Operand<TFloat32> value) {
    return tf.assignVariableOp(variables.get(name), value);
  }
}
