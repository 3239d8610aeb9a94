package org.tfemergence.models.text;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Which tokens a search may choose next. Never padding; the end, or all but the end, may be
 * forbidden.
 */
final class AllowedTokens {
  private AllowedTokens() {}

  /**
   * Returns scores of the tokens that may be chosen.
   *
   * @param scores what each token would be chosen by, [rows, vocabulary]
   * @param vocabulary the number of tokens
   * @param endForbidden where the end must not come, [] or [rows, 1]
   * @param endForced where nothing else must come, [] or [rows, 1]
   * @return the scores, -infinity where a token must not come, [rows, vocabulary]
   */
  static Operand<TFloat32> of(
      Ops tf,
      Operand<TFloat32> scores,
      int vocabulary,
      Operand<TBool> endForbidden,
      Operand<TBool> endForced) {
    Operand<TInt32> ids = tf.range(tf.constant(0), tf.constant(vocabulary), tf.constant(1));
    Operand<TBool> ends = tf.math.equal(ids, tf.constant(SpecialTokens.END)); // [vocabulary]
    Operand<TBool> padding = tf.math.equal(ids, tf.constant(SpecialTokens.PADDING));
    Operand<TBool> forbidden =
        tf.math.logicalOr(
            tf.math.logicalAnd(ends, endForbidden),
            tf.math.logicalAnd(tf.math.logicalNot(ends), endForced));
    return tf.select(
        tf.math.logicalOr(padding, forbidden), tf.constant(Float.NEGATIVE_INFINITY), scores);
  }
}
