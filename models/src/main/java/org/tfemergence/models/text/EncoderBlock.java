package org.tfemergence.models.text;

/**
 * The sizes of a block of a {@link Transformer}'s encoder.
 *
 * @param heads the number of attention heads, at least 1
 * @param feedForward the number of units inside the feed-forward part, at least 1
 */
public record EncoderBlock(int heads, int feedForward) {
  /**
   * Creates the sizes.
   *
   * @throws IllegalArgumentException if one is less than 1
   */
  public EncoderBlock {
    Require.positive("heads", heads);
    Require.positive("feedForward", feedForward);
  }
}
