package org.tfemergence.models.text;

/**
 * How sequences are searched for, as in fairseq's {@code SequenceGenerator}: at each step the
 * {@code beam} most probable beginnings of a sentence go on. A sequence that ends among the {@code
 * beam} most probable candidates is complete; the search of a sentence ends when it has {@code
 * beam} complete sequences, or at the greatest length, where sequences must end. The most probable
 * by
 *
 * <pre>{@code
 * log probability / length^lengthPenalty
 * }</pre>
 *
 * is the best, the end counted in the length. Padding is never produced.
 *
 * @param beam the number of sequences kept, at least 1; with 1 the search is greedy
 * @param lengthPenalty the power of the length, finite; more than 0 favours longer sequences
 * @param minLength the least number of tokens, the end not counted, at least 0; at most the
 *     greatest length of every sentence that is searched for
 * @param lengthFactor by which the greatest length grows with that of the source, its end counted;
 *     at least 0
 * @param lengthOffset the rest of the greatest length, the end not counted, at least 0
 */
public record BeamSearch(
    int beam, double lengthPenalty, int minLength, double lengthFactor, int lengthOffset) {
  /**
   * Creates the options.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public BeamSearch {
    if (beam < 1) {
      throw new IllegalArgumentException("beam must be at least 1, got " + beam);
    }
    if (!Double.isFinite(lengthPenalty)) {
      throw new IllegalArgumentException("lengthPenalty must be finite, got " + lengthPenalty);
    }
    if (minLength < 0) {
      throw new IllegalArgumentException("minLength must not be negative, got " + minLength);
    }
    if (!(lengthFactor >= 0 && Double.isFinite(lengthFactor))) {
      throw new IllegalArgumentException(
          "lengthFactor must be finite and not negative, got " + lengthFactor);
    }
    if (lengthOffset < 0) {
      throw new IllegalArgumentException("lengthOffset must not be negative, got " + lengthOffset);
    }
  }

  /**
   * Returns fairseq's defaults: length penalty 1, at least one token, at most 200.
   *
   * @param beam the number of sequences kept
   * @return the options
   */
  public static BeamSearch of(int beam) {
    return new BeamSearch(beam, 1, 1, 0, 200);
  }

  /**
   * Returns the search that takes the most probable token at each step.
   *
   * @return {@link #of} one sequence
   */
  public static BeamSearch greedy() {
    return of(1);
  }

  /**
   * Returns these options with another greatest length.
   *
   * @param factor by which it grows with the source's length
   * @param offset the rest
   * @return the options
   */
  public BeamSearch withLength(double factor, int offset) {
    return new BeamSearch(beam, lengthPenalty, minLength, factor, offset);
  }

  /**
   * Returns these options with another length penalty.
   *
   * @param power the power of the length
   * @return the options
   */
  public BeamSearch withLengthPenalty(double power) {
    return new BeamSearch(beam, power, minLength, lengthFactor, lengthOffset);
  }

  /**
   * Returns the greatest length of a sequence.
   *
   * @param sourceLength the number of tokens of the source, its end counted
   * @param positions the greatest number of positions of the decoder
   * @return the number of tokens, the end not counted; the decoder, which is fed one token more
   *     before it can end, has room for it
   * @throws IllegalArgumentException if it is less than {@link #minLength}
   */
  public int maxLength(int sourceLength, int positions) {
    double length = Math.floor(lengthFactor * sourceLength + lengthOffset);
    int greatest = (int) Math.min(length, positions - 1.0);
    if (minLength > greatest) {
      throw new IllegalArgumentException(
          "minLength must be at most the greatest length, " + greatest + ", got " + minLength);
    }
    return greatest;
  }

  double score(double logProbability, int length) {
    return logProbability / Math.pow(length, lengthPenalty);
  }
}
