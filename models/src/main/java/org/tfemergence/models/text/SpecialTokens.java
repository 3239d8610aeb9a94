package org.tfemergence.models.text;

import org.tfemergence.models.layer.Embedding;

/**
 * The tokens that are no words: the first ids of every vocabulary.
 *
 * <p>A source sequence is its words and {@link #END}. A target sequence to be learnt is its words
 * and {@link #END}; what the decoder is fed is the same shifted right, so it begins with {@link
 * #END}, as in fairseq, and lacks the last.
 */
public final class SpecialTokens {
  /** Fills up the shorter sequences of a batch, at their right. */
  public static final int PADDING = Embedding.PADDING;

  /** Ends a sequence, and is what a decoder begins with. */
  public static final int END = 1;

  /** Stands for a word that the vocabulary lacks. */
  public static final int UNKNOWN = 2;

  /** The number of special tokens, which is the first id of a word. */
  public static final int COUNT = 3;

  private SpecialTokens() {}
}
