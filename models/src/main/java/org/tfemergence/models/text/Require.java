package org.tfemergence.models.text;

/** What is asked of a network's sizes and tokens; refusals name the value. */
final class Require {
  private Require() {}

  /** Refuses numbers less than 1. */
  static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, got " + value);
    }
  }

  /** Refuses what is no rate of dropout. */
  static void rate(String name, double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException(name + " must be in [0, 1), got " + rate);
    }
  }

  /** Refuses vocabularies without a word. */
  static void vocabulary(String name, int size) {
    if (size <= SpecialTokens.COUNT) {
      throw new IllegalArgumentException(
          name + " must be more than the " + SpecialTokens.COUNT + " special tokens, got " + size);
    }
  }

  /** Refuses an empty sequence, one that is too long, and padding and ids that there are not. */
  static void tokens(String what, int[] tokens, int positions, int vocabulary) {
    if (tokens.length < 1 || tokens.length > positions) {
      throw new IllegalArgumentException(
          what + " must have 1 to " + positions + " tokens, got " + tokens.length);
    }
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] == SpecialTokens.PADDING || tokens[i] < 0 || tokens[i] >= vocabulary) {
        throw new IllegalArgumentException(
            what + " token " + i + " must be in [1, " + vocabulary + "), got " + tokens[i]);
      }
    }
  }
}
