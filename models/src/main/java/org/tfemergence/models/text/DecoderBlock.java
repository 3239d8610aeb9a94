package org.tfemergence.models.text;

/**
 * The sizes of a block of a {@link Transformer}'s decoder.
 *
 * @param heads the number of heads that look at the target, at least 1
 * @param crossHeads the number of heads that look at the source, at least 1
 * @param feedForward the number of units inside the feed-forward part, at least 1
 */
public record DecoderBlock(int heads, int crossHeads, int feedForward) {
  /**
   * Creates the sizes.
   *
   * @throws IllegalArgumentException if one is less than 1
   */
  public DecoderBlock {
    Require.positive("heads", heads);
    Require.positive("crossHeads", crossHeads);
    Require.positive("feedForward", feedForward);
  }
}
