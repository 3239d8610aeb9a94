package org.tfemergence.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.MetricGoal;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.callback.EarlyStopping;
import org.tfemergence.models.callback.ProgressBarCallback;
import org.tfemergence.models.callback.TranslationBleu;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.data.SentencePairs;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.objective.Classification;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.objective.TokenPrediction;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.optimize.GradientTransform;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.text.BeamSearch;
import org.tfemergence.models.text.Hypothesis;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.vision.Mlp;

/** The code in the documents' section on training: between markers, and run. */
@SuppressWarnings("SystemOut") // as a reader would print
final class TrainingSnippetsTest {
  @Test
  void models_training_works() {
    Mlp model = Mlp.of(8, 10, 16);
    InitScheme scheme = Kaiming.normal(7);
    LabeledData training = data(256);
    LabeledData validation = data(64);
    List<EpochResult> results;
    // begin: training
    TrainerOptions options =
        TrainerOptions.defaults()
            .withBatchSize(128)
            .withLearningRate(Schedule.warmup(500, Schedule.cosine(0.1, 0, 20_000)))
            .withGradients(
                GradientTransform.weightDecay(5e-4).then(GradientTransform.clipByGlobalNorm(1)));
    Objective objective = new Classification(0.1, ImmutableList.of(5));
    EarlyStopping stopping = new EarlyStopping(MetricGoal.VALIDATION_LOSS, 10);
    try (ProgressBarCallback progress = ProgressBarCallback.epochs(100);
        Trainer trainer =
            new Trainer(model, objective, scheme, Sgd.nesterov(0.9), options, stopping, progress)) {
      results = trainer.fit(training, validation, 100);
    }
    // end
    assertThat(results.get(1).metrics()).containsKeys("loss", "val_top_5_accuracy");
  }

  /** As fairseq's documents train this network; of its inverse_sqrt schedule, every rate. */
  @Test
  void models_fairseqsRecipe_isItsSchedule() {
    // begin: fairseq
    Schedule rise = Schedule.linear(1e-7, 5e-4, 4_000);
    Schedule rate = rise.until(4_000, Schedule.inverseSquareRoot(5e-4, 4_000));
    TrainerOptions options =
        TrainerOptions.defaults()
            .withBatchSize(4_096) // tokens
            .withLearningRate(step -> rate.at(step - 1)); // fairseq counts the updates behind it
    Adam adam = new Adam(0.9, 0.98, 1e-8);
    Objective objective = new TokenPrediction(SpecialTokens.PADDING, 0.1);
    // end
    assertThat(adam.beta2()).isEqualTo(0.98);
    assertThat(objective.leftOut()).hasValue(SpecialTokens.PADDING);
    for (int step = 1; step < 20_000; step += 7) {
      double expected =
          step - 1 < 4_000
              ? 1e-7 + (step - 1) * (5e-4 - 1e-7) / 4_000
              : 5e-4 * Math.sqrt(4_000) / Math.sqrt(step - 1);
      assertThat(options.updating().learningRate().at(step))
          .isCloseTo(expected, withinPercentage(1e-10));
    }
  }

  @Test
  void models_bleu_works() {
    Transformer model = Transformer.tiny(20, 20);
    InitScheme scheme = Kaiming.normal(7);
    SentencePairs training = sentences();
    SentencePairs validation = training;
    List<int[]> sources = List.of(training.source(0).toArray());
    TrainerOptions options = TrainerOptions.defaults();
    Function<ImmutableIntArray, List<String>> words =
        tokens -> tokens.asList().stream().map(token -> "w" + token).toList();
    List<List<String>> references = new ArrayList<>();
    for (int i = 0; i < validation.size(); i++) {
      references.add(words.apply(validation.reference(i)));
    }
    // begin: bleu
    TranslationBleu bleu =
        TranslationBleu.of(validation, BeamSearch.of(5)).withWords(references, words);
    EarlyStopping stopping = new EarlyStopping(MetricGoal.higher("bleu"), 5);
    Objective objective = new TokenPrediction(SpecialTokens.PADDING, 0.1);
    Adam adam = new Adam(0.9, 0.98, 1e-9);
    try (Trainer trainer = new Trainer(model, objective, scheme, adam, options, bleu, stopping)) {
      trainer.fit(training, validation, 2);
      ImmutableList<ImmutableList<Hypothesis>> found =
          trainer.withEvaluatedWeights(session -> bleu.translate(session, sources));
      System.out.println(found.get(0).get(0).tokens());
    }
    // end
  }

  private static LabeledData data(int examples) {
    Random random = new Random(examples);
    float[] features = new float[examples * 8];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    return new LabeledData(features, random.ints(examples, 0, 10).toArray(), 10);
  }

  private static SentencePairs sentences() {
    int[][] sources = new int[32][];
    int[][] targets = new int[32][];
    for (int i = 0; i < sources.length; i++) {
      int word = SpecialTokens.COUNT + i % 16;
      sources[i] = new int[] {word, word, SpecialTokens.END};
      targets[i] = new int[] {SpecialTokens.END, word, word, SpecialTokens.END};
    }
    return new SentencePairs(sources, targets, 20, 20, SpecialTokens.PADDING);
  }
}
