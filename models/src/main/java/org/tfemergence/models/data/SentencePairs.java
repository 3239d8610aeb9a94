package org.tfemergence.models.data;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import org.tensorflow.ndarray.Shape;

/**
 * Sentences with their translations, as token numbers, in memory. The model gets the source, and
 * the target without its last token; the labels are the target without its first. All are padded at
 * the right to the longest of the batch. Immutable as long as the arrays it was given are left
 * alone.
 */
public final class SentencePairs implements Dataset {
  private final int[][] sources;
  private final int[][] targets;
  private final int sourceVocabulary;
  private final int targetVocabulary;
  private final int padding;

  /**
   * Creates a data set; the arrays are not copied.
   *
   * @param sources the sentences, at least one, none empty, and none padded
   * @param targets the translation of each, with a begin token and an end token: at least two
   *     tokens
   * @param sourceVocabulary the number of tokens of the sources' language
   * @param targetVocabulary the number of tokens of the targets' language
   * @param padding the number of the token that is padding in both, in either vocabulary
   * @throws IllegalArgumentException if there is no sentence, the numbers of sentences differ, one
   *     is too short, or a token is not in its vocabulary or is padding
   */
  public SentencePairs(
      int[][] sources, int[][] targets, int sourceVocabulary, int targetVocabulary, int padding) {
    if (sources.length == 0 || sources.length != targets.length) {
      throw new IllegalArgumentException(
          "there must be as many sources as targets, and at least one, got "
              + sources.length
              + " and "
              + targets.length);
    }
    int smaller = Math.min(sourceVocabulary, targetVocabulary);
    if (padding < 0 || padding >= smaller) {
      throw new IllegalArgumentException("padding must be in [0, " + smaller + "), got " + padding);
    }
    for (int i = 0; i < sources.length; i++) {
      require("source", i, sources[i], 1, sourceVocabulary, padding);
      require("target", i, targets[i], 2, targetVocabulary, padding);
    }
    this.sources = sources;
    this.targets = targets;
    this.sourceVocabulary = sourceVocabulary;
    this.targetVocabulary = targetVocabulary;
    this.padding = padding;
  }

  private static void require(
      String what, int number, int[] tokens, int least, int vocabulary, int padding) {
    if (tokens.length < least) {
      throw new IllegalArgumentException(
          what + " " + number + " must have at least " + least + " tokens, got " + tokens.length);
    }
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] < 0 || tokens[i] >= vocabulary) {
        throw new IllegalArgumentException(
            what + " " + number + ": tokens must be in [0, " + vocabulary + "), got " + tokens[i]);
      }
      if (tokens[i] == padding) {
        throw new IllegalArgumentException(
            what + " " + number + " must not be padded, got " + padding + " at position " + i);
      }
    }
  }

  /**
   * Returns a source sentence.
   *
   * @param pair its number, in [0, size)
   * @return its tokens as they were given
   */
  public ImmutableIntArray source(int pair) {
    return ImmutableIntArray.copyOf(sources[pair]);
  }

  /**
   * Returns a target sentence as a translation is compared with it.
   *
   * @param pair its number, in [0, size)
   * @return its tokens without the first and the last
   */
  public ImmutableIntArray reference(int pair) {
    return ImmutableIntArray.copyOf(targets[pair]).subArray(1, targets[pair].length - 1);
  }

  @Override
  public int size() {
    return sources.length;
  }

  @Override
  public ImmutableList<Values> inputs() {
    return ImmutableList.of(
        Values.padded(Shape.of(longest(sources)), sourceVocabulary, padding),
        Values.padded(Shape.of(longest(targets) - 1), targetVocabulary, padding));
  }

  @Override
  public Values labels() {
    return Values.padded(Shape.of(longest(targets) - 1), targetVocabulary, padding);
  }

  /**
   * {@inheritDoc}
   *
   * @return the number of pairs times the length of the longest sentence
   */
  @Override
  public long greatestBatch() {
    return (long) size() * Math.max(longest(sources), longest(targets) - 1);
  }

  /**
   * {@inheritDoc}
   *
   * @param batchSize the greatest number of tokens of a batch: its number of pairs times the length
   *     of its longest sentence, source or target
   */
  @Override
  public ImmutableList<int[]> inOrder(int batchSize) {
    return Batches.byLength(size(), this::length, batchSize);
  }

  /**
   * {@inheritDoc}
   *
   * @param batchSize the greatest number of tokens of a batch: its number of pairs times the length
   *     of its longest sentence, source or target
   */
  @Override
  public ImmutableList<int[]> shuffled(int batchSize, long seed) {
    return Batches.byLengthShuffled(size(), this::length, batchSize, seed);
  }

  @Override
  public Batch gather(int[] examples) {
    return new Batch(
        examples.length,
        ImmutableList.of(gather(sources, examples, 0, 0), gather(targets, examples, 0, 1)),
        gather(targets, examples, 1, 0));
  }

  private HostArray.Ints gather(int[][] sentences, int[] examples, int skipped, int dropped) {
    int longest = 0;
    for (int example : examples) {
      longest = Math.max(longest, sentences[example].length - skipped - dropped);
    }
    int[] tokens = new int[examples.length * longest];
    Arrays.fill(tokens, padding);
    for (int i = 0; i < examples.length; i++) {
      int[] sentence = sentences[examples[i]];
      System.arraycopy(sentence, skipped, tokens, i * longest, sentence.length - skipped - dropped);
    }
    return new HostArray.Ints(tokens, Shape.of(examples.length, longest));
  }

  private int length(int example) {
    return Math.max(sources[example].length, targets[example].length - 1);
  }

  private static int longest(int[][] sentences) {
    return Arrays.stream(sentences).mapToInt(sentence -> sentence.length).max().orElseThrow();
  }

  @Override
  public String toString() {
    return "SentencePairs["
        + size()
        + " pairs of "
        + sourceVocabulary
        + " and "
        + targetVocabulary
        + " tokens]";
  }
}
