package org.tfemergence.models.text;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.Multiset;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;

/**
 * What the BLEU of a corpus is made of (Papineni et al. 2002, "BLEU: a method for automatic
 * evaluation of machine translation", sections 2.1 to 2.3), with one reference per sentence and
 * n-grams of up to four tokens. Adds up over sentences. Immutable.
 *
 * <pre>{@code
 * BLEU = 100 exp(min(0, 1 - r / c)) exp(sum_{n=1}^{4} log(p_n) / 4)
 * }</pre>
 *
 * where r and c are the lengths of references and hypotheses, and p_n is {@link #matches}[n] /
 * {@link #possible}[n]. Equal to sacrebleu's {@code corpus_bleu} with {@code tokenize="none"},
 * {@code smooth_method="exp"} and the tokens joined by spaces.
 *
 * @param matches by order, from 1, how many n-grams of the hypotheses are in their references, each
 *     counted at most as often as it is there
 * @param possible by order, how many n-grams the hypotheses have
 * @param hypothesisLength the number of tokens of all hypotheses
 * @param referenceLength the number of tokens of all references
 */
public record Bleu(
    ImmutableLongArray matches,
    ImmutableLongArray possible,
    long hypothesisLength,
    long referenceLength) {
  private static final int ORDERS = 4;
  private static final int UNMATCHED = -1; // no token's number

  /** Of no sentence. */
  public static final Bleu NONE =
      new Bleu(
          ImmutableLongArray.copyOf(new long[ORDERS]),
          ImmutableLongArray.copyOf(new long[ORDERS]),
          0,
          0);

  /**
   * Creates counts.
   *
   * @throws IllegalArgumentException if there are not four orders
   */
  public Bleu {
    if (matches.length() != ORDERS || possible.length() != ORDERS) {
      throw new IllegalArgumentException(
          "there must be counts of "
              + ORDERS
              + " orders, got "
              + matches.length()
              + " and "
              + possible.length());
    }
  }

  /**
   * Counts a sentence of words. What stands in the hypothesis for an unknown word must not be a
   * word of the reference; {@link #ofTokens} knows it.
   *
   * @param hypothesis its words, equal or not by {@code equals}; may be none
   * @param reference the words that were expected
   * @return the counts
   */
  public static Bleu of(List<?> hypothesis, List<?> reference) {
    ImmutableLongArray.Builder matches = ImmutableLongArray.builder(ORDERS);
    ImmutableLongArray.Builder possible = ImmutableLongArray.builder(ORDERS);
    for (int order = 1; order <= ORDERS; order++) {
      Multiset<List<?>> expected = grams(reference, order);
      long found = 0;
      for (Multiset.Entry<List<?>> gram : grams(hypothesis, order).entrySet()) {
        found += Math.min(gram.getCount(), expected.count(gram.getElement()));
      }
      matches.add(found);
      possible.add(Math.max(0, hypothesis.size() - order + 1));
    }
    return new Bleu(matches.build(), possible.build(), hypothesis.size(), reference.size());
  }

  /**
   * Counts a sentence of token numbers. {@link SpecialTokens#UNKNOWN} matches nothing, not even
   * itself: the words it stands for are not known to be the same. So where a token is a word, this
   * is the count of the words that the reference had before it was numbered.
   *
   * @param hypothesis its tokens, without special ones but unknown; may be none
   * @param reference the tokens that were expected
   * @return the counts
   */
  public static Bleu ofTokens(ImmutableIntArray hypothesis, ImmutableIntArray reference) {
    return of(
        hypothesis.asList().stream()
            .map(token -> token == SpecialTokens.UNKNOWN ? UNMATCHED : token)
            .toList(),
        reference.asList());
  }

  /**
   * Counts a corpus of words.
   *
   * @param hypotheses the words of each sentence, as for {@link #of}
   * @param references the words that were expected of each
   * @return the counts
   * @throws IllegalArgumentException if there are not as many of both
   */
  public static Bleu corpus(
      List<? extends List<?>> hypotheses, List<? extends List<?>> references) {
    if (hypotheses.size() != references.size()) {
      throw new IllegalArgumentException(
          "there must be as many hypotheses as references, got "
              + hypotheses.size()
              + " and "
              + references.size());
    }
    Bleu sum = NONE;
    for (int i = 0; i < hypotheses.size(); i++) {
      sum = sum.plus(of(hypotheses.get(i), references.get(i)));
    }
    return sum;
  }

  /**
   * Adds counts.
   *
   * @param other those of further sentences
   * @return the counts of both
   */
  public Bleu plus(Bleu other) {
    return new Bleu(
        sum(matches, other.matches),
        sum(possible, other.possible),
        hypothesisLength + other.hypothesisLength,
        referenceLength + other.referenceLength);
  }

  /**
   * Returns the score. Of an order without a match, the k-th such, the precision is taken to be
   * {@code 1 / (2^k possible)}. The score is 0 if no token matches, or no hypothesis has as many
   * tokens as the greatest order.
   *
   * @return BLEU, in [0, 100]
   */
  public double score() {
    if (matches.get(0) == 0 || possible.get(ORDERS - 1) == 0) {
      return 0;
    }
    double logarithms = 0;
    double smoothing = 1;
    for (int i = 0; i < ORDERS; i++) {
      double found = matches.get(i);
      if (found == 0) {
        smoothing *= 2;
        found = 1 / smoothing;
      }
      logarithms += Math.log(found / possible.get(i));
    }
    double brevity = Math.min(0, 1 - (double) referenceLength / hypothesisLength);
    return 100 * Math.exp(brevity + logarithms / ORDERS);
  }

  private static Multiset<List<?>> grams(List<?> tokens, int order) {
    Multiset<List<?>> grams = HashMultiset.create();
    for (int i = 0; i + order <= tokens.size(); i++) {
      grams.add(List.copyOf(tokens.subList(i, i + order)));
    }
    return grams;
  }

  private static ImmutableLongArray sum(ImmutableLongArray some, ImmutableLongArray others) {
    ImmutableLongArray.Builder sums = ImmutableLongArray.builder(ORDERS);
    for (int i = 0; i < ORDERS; i++) {
      sums.add(some.get(i) + others.get(i));
    }
    return sums.build();
  }
}
