package org.tfemergence.models.callback;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.models.data.Batches;
import org.tfemergence.models.data.SentencePairs;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.text.BeamSearch;
import org.tfemergence.models.text.Bleu;
import org.tfemergence.models.text.Decoder;
import org.tfemergence.models.text.Hypothesis;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;

/**
 * Has a Transformer in training translate sentences at each evaluation, with the weights that are
 * evaluated, and adds the figure {@code bleu}, in [0, 100] ({@link Bleu}). Decoding happens on the
 * device, in the training's own session; no weight leaves it.
 */
public final class TranslationBleu implements Evaluator {
  /** The name of the figure. */
  public static final String METRIC = "bleu";

  private static final int TOKENS = 4096;

  private final SentencePairs sentences;
  private final BeamSearch search;
  private final Comparison comparison;
  private Decoder decoder;

  /** Compares a translation with the reference of a pair. */
  private interface Comparison {
    Bleu of(ImmutableIntArray translation, int pair);
  }

  private TranslationBleu(SentencePairs sentences, BeamSearch search, Comparison comparison) {
    this.sentences = Objects.requireNonNull(sentences, "sentences");
    this.search = Objects.requireNonNull(search, "search");
    this.comparison = comparison;
  }

  /**
   * Returns an evaluator that compares token numbers. The unknown token matches nothing ({@link
   * Bleu#ofTokens}). Where tokens are parts of words, the figure is not that of words.
   *
   * @param sentences what to translate, and what is expected
   * @param search how to search
   * @return the evaluator, for one trainer
   */
  public static TranslationBleu of(SentencePairs sentences, BeamSearch search) {
    return new TranslationBleu(
        sentences,
        search,
        (translation, pair) -> Bleu.ofTokens(translation, sentences.reference(pair)));
  }

  /**
   * Returns this evaluator, unattached, comparing words.
   *
   * @param references the words of each pair's reference, as they were before any was replaced by
   *     the unknown token
   * @param ofTokens the words of a translation's tokens, which come without begin and end; those of
   *     the unknown token must not be among the references
   * @return the evaluator, for one trainer
   * @throws IllegalArgumentException if there are not as many references as pairs, or one has the
   *     unknown token's word, as one made from numbers has
   */
  public TranslationBleu withWords(
      List<? extends List<String>> references,
      Function<ImmutableIntArray, ? extends List<String>> ofTokens) {
    if (references.size() != sentences.size()) {
      throw new IllegalArgumentException(
          "there must be as many references as pairs, "
              + sentences.size()
              + ", got "
              + references.size());
    }
    ImmutableList<ImmutableList<String>> kept =
        references.stream().map(ImmutableList::copyOf).collect(ImmutableList.toImmutableList());
    List<String> unknown = ofTokens.apply(ImmutableIntArray.of(SpecialTokens.UNKNOWN));
    for (int i = 0; i < kept.size(); i++) {
      if (!Collections.disjoint(kept.get(i), unknown)) {
        throw new IllegalArgumentException(
            "references must be of real words, got the unknown token's, "
                + unknown
                + ", in reference "
                + i);
      }
    }
    return new TranslationBleu(
        sentences,
        search,
        (translation, pair) -> Bleu.of(ofTokens.apply(translation), kept.get(pair)));
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the model is no Transformer, or a source is one that it
   *     refuses
   */
  @Override
  public void attach(Ops tf, Model model, Model.Built built) {
    if (!(model instanceof Transformer transformer)) {
      throw new IllegalArgumentException("the model must be a Transformer, got " + model);
    }
    for (int i = 0; i < sentences.size(); i++) {
      transformer.requireSource(sentences.source(i).toArray());
    }
    decoder = Decoder.build(tf, transformer, built);
  }

  @Override
  public ImmutableMap<String, Double> evaluate(Session session, EpochResult result) {
    return ImmutableMap.of(METRIC, bleu(session).score());
  }

  /**
   * Translates with the weights that a session holds, such as in {@code
   * trainer.withEvaluatedWeights(session -> bleu.translate(session, sources))}.
   *
   * @param session a session on the graph this is attached to
   * @param sources the sentences, each ending with the end token, without padding
   * @return for each sentence what was found, the best first, at least one
   * @throws IllegalArgumentException if the model refuses a source
   * @throws IllegalStateException if this is not attached, or the model's output is not finite
   */
  public ImmutableList<ImmutableList<Hypothesis>> translate(Session session, List<int[]> sources) {
    if (decoder == null) {
      throw new IllegalStateException("not attached to a graph yet");
    }
    return decoder.decode(session, sources, search);
  }

  /* In batches of like lengths; the sum does not depend on the order. */
  private Bleu bleu(Session session) {
    int longest = 0;
    for (int i = 0; i < sentences.size(); i++) {
      longest = Math.max(longest, sentences.source(i).length());
    }
    Bleu sum = Bleu.NONE;
    for (int[] batch :
        Batches.byLength(
            sentences.size(), i -> sentences.source(i).length(), Math.max(TOKENS, longest))) {
      List<int[]> sources = new ArrayList<>();
      Arrays.stream(batch).forEach(i -> sources.add(sentences.source(i).toArray()));
      ImmutableList<ImmutableList<Hypothesis>> found = translate(session, sources);
      for (int i = 0; i < batch.length; i++) {
        sum = sum.plus(comparison.of(found.get(i).get(0).tokens(), batch[i]));
      }
    }
    return sum;
  }
}
