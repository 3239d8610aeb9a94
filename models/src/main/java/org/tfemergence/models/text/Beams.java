package org.tfemergence.models.text;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The search of one sentence: which beginnings are alive, which sequences complete. Knows no graph.
 */
final class Beams {
  /** Whether a sequence may end in a step; the graph compares the codes. */
  enum Ending {
    FORBIDDEN(-1),
    ALLOWED(0),
    FORCED(1);

    final int code;

    Ending(int code) {
      this.code = code;
    }
  }

  /**
   * A beginning of a sequence.
   *
   * @param tokens its tokens; {@link SpecialTokens#END} stands before them
   * @param logProbability their log probability; negative infinity if it only fills a place
   * @param parent the place of the beginning that it grew from
   */
  record Beam(ImmutableIntArray tokens, float logProbability, int parent) {
    int last() {
      return tokens.isEmpty() ? SpecialTokens.END : tokens.get(tokens.length() - 1);
    }

    /** Whether it does not only fill a place. */
    boolean living() {
      return logProbability != Float.NEGATIVE_INFINITY;
    }
  }

  private final BeamSearch search;
  private final int vocabulary;
  private final int maxLength;
  private final List<Hypothesis> complete = new ArrayList<>();
  private List<Beam> alive;
  private int length; // of all beginnings
  private boolean finished;

  /** Starts with one beginning, and places that it fills in the first step. */
  Beams(BeamSearch search, int vocabulary, int maxLength) {
    this.search = search;
    this.vocabulary = vocabulary;
    this.maxLength = maxLength;
    alive = new ArrayList<>(List.of(new Beam(ImmutableIntArray.of(), 0, 0)));
    fill(alive);
  }

  /** The beginnings, as many as the search keeps. */
  ImmutableList<Beam> alive() {
    return ImmutableList.copyOf(alive);
  }

  Ending ending() {
    if (length >= maxLength) {
      return Ending.FORCED;
    }
    return length < search.minLength() ? Ending.FORBIDDEN : Ending.ALLOWED;
  }

  /**
   * Takes a step.
   *
   * @param logProbabilities of the best candidates, descending; twice as many as beginnings, so
   *     that enough are left when all that can end do
   * @param candidates what they are: the beginning's place times the vocabulary, plus the token
   */
  void advance(float[] logProbabilities, int[] candidates) {
    boolean last = ending() == Ending.FORCED;
    List<Beam> next = new ArrayList<>();
    for (int i = 0; i < candidates.length; i++) {
      float logProbability = logProbabilities[i];
      int parent = candidates[i] / vocabulary;
      int token = candidates[i] % vocabulary;
      if (!Float.isFinite(logProbability)) {
        continue;
      }
      ImmutableIntArray tokens = alive.get(parent).tokens();
      if (token != SpecialTokens.END && next.size() < search.beam()) {
        next.add(
            new Beam(
                ImmutableIntArray.builder().addAll(tokens).add(token).build(),
                logProbability,
                parent));
      } else if (token == SpecialTokens.END
          && i < search.beam()
          && complete.size() < search.beam()) {
        complete.add(new Hypothesis(tokens, search.score(logProbability, length + 1)));
      }
    }
    if (next.isEmpty() && complete.isEmpty()) {
      throw new IllegalStateException(
          "no token has a finite log probability behind " + alive.get(0).tokens());
    }
    length++;
    alive = next;
    finished = last || next.isEmpty() || complete.size() == search.beam();
    fill(alive);
  }

  /** Whether nothing more is looked for. */
  boolean finished() {
    return finished;
  }

  /** The complete sequences, the best first. */
  ImmutableList<Hypothesis> found() {
    return complete.stream()
        .sorted(Comparator.comparingDouble(Hypothesis::score).reversed())
        .collect(ImmutableList.toImmutableList());
  }

  private void fill(List<Beam> beams) {
    while (beams.size() < search.beam()) {
      beams.add(new Beam(ImmutableIntArray.of(), Float.NEGATIVE_INFINITY, 0));
    }
  }
}
