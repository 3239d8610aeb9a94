package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.MetricGoal;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.callback.EarlyStopping;
import org.tfemergence.models.callback.MetricsCsv;
import org.tfemergence.models.callback.TranslationBleu;
import org.tfemergence.models.data.SentencePairs;
import org.tfemergence.models.objective.TokenPrediction;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.testing.Copies;
import org.tfemergence.models.text.BeamSearch;
import org.tfemergence.models.text.Bleu;
import org.tfemergence.models.text.Hypothesis;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.text.Translator;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.models.weights.WeightSource;

/** The BLEU of a Transformer in training, as a figure of its results. */
final class TrainTranslationTest {
  private static final int VOCABULARY = 11;
  private static final Transformer MODEL = Transformer.of(VOCABULARY, VOCABULARY, 16, 1, 16, 2, 32);
  private static final TokenPrediction OBJECTIVE = new TokenPrediction(SpecialTokens.PADDING, 0.1);
  private static final SentencePairs DATA = Copies.of(16, 4, VOCABULARY, 1);
  private static final ImmutableIntArray UNKNOWN = ImmutableIntArray.of(SpecialTokens.UNKNOWN);
  private static final BeamSearch SEARCH = BeamSearch.of(2);

  @TempDir private Path folder;

  @Test
  void fit_copies_reachesTheBleuOfDecodingByHand() throws Exception {
    TrainerOptions options =
        new TrainerOptions(100, 200, Schedule.constant(0.01), 1).withAverageDecay(0.9);
    TranslationBleu bleu = TranslationBleu.of(DATA, SEARCH);
    Path csv = folder.resolve("metrics.csv");
    try (Checkpoints checkpoints =
            Checkpoints.open(
                folder.resolve("checkpoints"),
                Retention.last(1).andBest(1, MetricGoal.higher("bleu")));
        Trainer trainer =
            new Trainer(
                MODEL,
                OBJECTIVE,
                Xavier.uniform(1),
                new Adam(0.9, 0.98, 1e-9),
                options,
                bleu,
                new EarlyStopping(MetricGoal.higher("bleu"), 1000),
                new MetricsCsv(csv))) {
      List<EpochResult> results =
          trainer.fit(
              FitPlan.of(DATA, DATA, Extent.epochs(120))
                  .withEvaluateEvery(Extent.epochs(60))
                  .withCheckpoints(checkpoints, Extent.epochs(60)));

      double found = last(results);
      assertThat(results.get(0).metrics().get("bleu")).isLessThan(50);
      assertThat(found).isGreaterThan(90);
      assertThat(Files.readString(csv)).contains(",bleu," + found);

      // The same by hand: the averages in a graph of their own.
      trainer.variables().assign(averages(trainer));
      List<int[]> sources = new ArrayList<>();
      List<List<Integer>> references = new ArrayList<>();
      for (int i = 0; i < DATA.size(); i++) {
        sources.add(DATA.source(i).toArray());
        references.add(DATA.reference(i).asList());
      }
      try (Translator translator = new Translator(MODEL)) {
        translator.restore(WeightSource.session(trainer.variables()));
        List<List<Integer>> hypotheses = new ArrayList<>();
        translator
            .translate(sources, SEARCH)
            .forEach(hypothesis -> hypotheses.add(hypothesis.get(0).tokens().asList()));
        assertThat(Bleu.corpus(hypotheses, references).score()).isEqualTo(found);
        List<ImmutableList<Hypothesis>> present =
            trainer.withEvaluatedWeights(session -> bleu.translate(session, sources));
        assertThat(present).isEqualTo(translator.translate(sources, SEARCH));
      }
    }
  }

  /** A model that gives nothing but the unknown token, for references that are nothing else. */
  @Test
  void evaluate_unknownTokens_matchNothing() throws Exception {
    int[] target = {1, 2, 2, 2, 2, 2, 2, 1};
    SentencePairs pairs =
        new SentencePairs(
            new int[][] {{5, 6, 7, 1}}, new int[][] {target}, VOCABULARY, VOCABULARY, 0);
    BeamSearch six = BeamSearch.greedy().withLength(0, 6);
    TranslationBleu ofNumbers = TranslationBleu.of(pairs, six);
    TranslationBleu ofWords =
        TranslationBleu.of(pairs, six)
            .withWords(
                List.of(List.of("a", "b", "c", "d", "e", "f")),
                tokens -> Collections.nCopies(tokens.length(), "<unk>"));
    for (TranslationBleu bleu : List.of(ofNumbers, ofWords)) {
      try (Trainer trainer = onlyUnknown(bleu)) {
        List<int[]> sources = List.of(pairs.source(0).toArray());
        ImmutableList<ImmutableList<Hypothesis>> found =
            trainer.withEvaluatedWeights(session -> bleu.translate(session, sources));
        assertThat(found.get(0).get(0).tokens()).isEqualTo(pairs.reference(0));
        assertThat(trainer.fit(pairs, pairs, 0).get(0).metrics()).containsEntry("bleu", 0.0);
      }
    }
  }

  @Test
  void fit_bleuOfWords_comparesWithTheReferencesGiven() {
    List<String> same = List.of("one", "and", "the", "same");
    TranslationBleu always = // whatever is translated becomes the same words
        TranslationBleu.of(DATA, BeamSearch.greedy())
            .withWords(
                Collections.nCopies(DATA.size(), same),
                tokens -> tokens.equals(UNKNOWN) ? List.of("<unk>") : same);
    TrainerOptions options = new TrainerOptions(100, 200, Schedule.constant(0.01), 1);
    try (Trainer trainer =
        new Trainer(MODEL, OBJECTIVE, Xavier.uniform(1), new Adam(), options, always)) {
      assertThat(trainer.fit(DATA, DATA, 0).get(0).metrics()).containsEntry("bleu", 100.0);
    }
  }

  @Test
  void withWords_badReferences_areRefused() {
    TranslationBleu bleu = TranslationBleu.of(DATA, SEARCH);
    Function<ImmutableIntArray, List<String>> words =
        tokens -> tokens.asList().stream().map(id -> id == 2 ? "<unk>" : "w" + id).toList();
    List<List<String>> references = new ArrayList<>();
    for (int i = 0; i < DATA.size(); i++) {
      references.add(words.apply(DATA.reference(i)));
    }
    references.set(3, List.of("made", "of", "<unk>"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bleu.withWords(references, words))
        .withMessage(
            "references must be of real words, got the unknown token's, [<unk>], in reference 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bleu.withWords(references.subList(0, 3), words))
        .withMessage("there must be as many references as pairs, 16, got 3");
  }

  @Test
  void construct_bleuOfNoTransformer_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Trainer(
                    Mlp.of(8, 4),
                    Kaiming.normal(1),
                    new Adam(),
                    TrainerOptions.defaults(),
                    TranslationBleu.of(DATA, SEARCH)))
        .withMessageStartingWith("the model must be a Transformer, got Mlp");
  }

  /* Normalized to the same everywhere, the decoder's output gives each token a constant logit. */
  private static Trainer onlyUnknown(TranslationBleu bleu) {
    Trainer trainer =
        new Trainer(
            MODEL.withNorm(Transformer.Norm.PRE).withOutput(Transformer.Output.OWN),
            OBJECTIVE,
            Xavier.uniform(1),
            new Adam(),
            new TrainerOptions(7, 200, Schedule.constant(0.01), 1),
            bleu);
    float[] offset = new float[16];
    offset[0] = 1;
    float[] kernel = new float[16 * VOCABULARY];
    kernel[SpecialTokens.UNKNOWN] = 9;
    trainer
        .variables()
        .assign(
            Map.of(
                "decoder/norm/gain",
                new float[16],
                "decoder/norm/offset",
                offset,
                "logits/kernel",
                kernel));
    return trainer;
  }

  private static double last(List<EpochResult> results) {
    return results.get(results.size() - 1).metrics().get("bleu");
  }

  private static Map<String, float[]> averages(Trainer trainer) {
    Map<String, float[]> values = new HashMap<>();
    trainer
        .variables()
        .model()
        .forEach(
            variable ->
                values.put(
                    variable.name(),
                    trainer.variables().value(trainer.evaluated(variable.name()))));
    return values;
  }
}
