package org.tfemergence.models.text;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.text.IncrementalDecoder.Memory;

/**
 * The operations of a search: a step brings in a token per row and takes out the best candidates;
 * what was decoded stays in a {@link DecodingCache}.
 */
final class DecodingGraph {
  final Placeholder<TInt32> source; // [sentences, source positions]

  /**
   * Encodes {@link #source}, and forgets all that was decoded before; there is room for {@link
   * #capacity} entries then.
   */
  final Op begin;

  final Placeholder<TInt32> capacity; // []
  final Placeholder<TInt32> tokens; // [rows]
  final Placeholder<TInt32> position; // []
  final Placeholder<TFloat32> scores; // [rows], log probabilities up to the token
  final Placeholder<TInt32> endings; // [rows], codes of Beams.Ending
  final Placeholder<TInt32> count; // [], how many candidates of each sentence
  final Placeholder<TInt32> used; // [], where the step's entries go
  final Placeholder<TFloat32> seen; // [sentences, beam, capacity], 1 where a row looks, else 0

  /** The best candidates of each sentence, [sentences, count], descending. */
  final Operand<TFloat32> logProbabilities;

  /** Row among the sentence's times vocabulary plus token, [sentences, count]. */
  final Operand<TInt32> candidates;

  final Placeholder<TInt32> sentences; // [sentences kept], of those there were
  final Placeholder<TInt32> entries; // [sentences kept, capacity], of those there were

  /** Forgets all sentences but {@link #sentences}, of which {@link #entries} stay. */
  final Op keep;

  /** Forgets everything, and frees the memory that it took. */
  final Op clear;

  private final Ops tf;
  private final IncrementalDecoder decoder;

  DecodingGraph(Ops graph, IncrementalDecoder decoder) {
    tf = graph.withSubScope("decoding");
    this.decoder = decoder;
    source = input(TInt32.class, Shape.of(-1, -1));
    capacity = input(TInt32.class, Shape.scalar());
    tokens = input(TInt32.class, Shape.of(-1));
    position = input(TInt32.class, Shape.scalar());
    scores = input(TFloat32.class, Shape.of(-1));
    endings = input(TInt32.class, Shape.of(-1));
    count = input(TInt32.class, Shape.scalar());
    used = input(TInt32.class, Shape.scalar());
    seen = input(TFloat32.class, Shape.of(-1, -1, -1));
    sentences = input(TInt32.class, Shape.of(-1));
    entries = input(TInt32.class, Shape.of(-1, -1));

    DecodingCache cache = new DecodingCache(tf, decoder);
    Memory memory = decoder.encode(Pass.inference(tf.withSubScope("encode")), source);
    begin = cache.begin(memory, capacity);
    Ops step = tf.withSubScope("step");
    Operand<TFloat32> logits =
        decoder.step(Pass.inference(step), tokens, position, cache.past(step, used, seen));
    TopK<TFloat32, TInt32> best = tf.nn.topK(perSentence(allowed(logits)), count, TInt32.class);
    logProbabilities = best.values();
    candidates = best.indices();
    keep = cache.keep(sentences, entries);
    clear = cache.clear();
  }

  /* Log probabilities up to each next token, [rows, vocabulary]; -infinity where it must not come. */
  private Operand<TFloat32> allowed(Operand<TFloat32> logits) {
    Operand<TFloat32> sums =
        tf.math.add(tf.nn.logSoftmax(logits), tf.expandDims(scores, tf.constant(1)));
    int vocabulary = decoder.model().targetVocabulary();
    return AllowedTokens.of(
        tf, sums, vocabulary, rows(Beams.Ending.FORBIDDEN), rows(Beams.Ending.FORCED));
  }

  /* The rows of an ending, [rows, 1]. */
  private Operand<TBool> rows(Beams.Ending ending) {
    return tf.expandDims(tf.math.equal(endings, tf.constant(ending.code)), tf.constant(1));
  }

  private Operand<TFloat32> perSentence(Operand<TFloat32> rows) {
    Operand<TInt32> sentences = tf.gather(tf.shape(seen), tf.constant(0), tf.constant(0));
    return tf.reshape(rows, tf.stack(List.of(sentences, tf.constant(-1))));
  }

  private <T extends TType> Placeholder<T> input(Class<T> type, Shape shape) {
    return tf.placeholder(type, Placeholder.shape(shape));
  }
}
