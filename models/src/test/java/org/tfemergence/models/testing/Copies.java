package org.tfemergence.models.testing;

import java.util.Random;
import org.tfemergence.models.data.SentencePairs;
import org.tfemergence.models.text.SpecialTokens;

/** Sentences of several lengths, which are to be copied. */
public final class Copies {
  private Copies() {}

  /**
   * Draws sentences of at least {@code shortest} words and less than six more.
   *
   * @param count how many
   * @param shortest the least number of words
   * @param vocabulary of both languages
   * @param seed the seed
   * @return the sentences
   */
  public static SentencePairs of(int count, int shortest, int vocabulary, long seed) {
    Random random = new Random(seed);
    int[][] sources = new int[count][];
    int[][] targets = new int[count][];
    for (int i = 0; i < sources.length; i++) {
      int length = shortest + random.nextInt(6);
      int[] words = random.ints(length, SpecialTokens.COUNT, vocabulary).toArray();
      sources[i] = new int[length + 1];
      targets[i] = new int[length + 2];
      System.arraycopy(words, 0, sources[i], 0, length);
      System.arraycopy(words, 0, targets[i], 1, length);
      sources[i][length] = SpecialTokens.END;
      targets[i][0] = SpecialTokens.END;
      targets[i][length + 1] = SpecialTokens.END;
    }
    return new SentencePairs(sources, targets, vocabulary, vocabulary, SpecialTokens.PADDING);
  }
}
