package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.data.SentencePairs;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.Embedding;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.LayerSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.objective.Classification;
import org.tfemergence.models.objective.TokenPrediction;
import org.tfemergence.models.testing.Copies;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.vision.ConvNet;
import org.tfemergence.models.vision.Mlp;

final class DataFitTest {
  private static final LabeledData DATA = Examples.noise(13, 12, 5, 1);
  private static final TokenPrediction TOKENS = new TokenPrediction(0, 0);
  private static final Transformer TRANSFORMER = Transformer.tiny(11, 11);

  @Test
  void require_otherNumberOfInputs_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> DataFit.require(DATA, "training", Transformer.tiny(11, 5), new Classification()))
        .withMessage("training data have 1 inputs, the model takes 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFit.require(Copies.of(4, 1, 11, 1), "a", Mlp.of(12, 11), TOKENS))
        .withMessage("a data have 2 inputs, the model takes 1");
  }

  @Test
  void require_featuresForIds_areRefused() {
    Model ids = of(InputSpec.ids("x", 12, 7), new Embedding("e", 7, 5));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFit.require(DATA, "training", ids, TOKENS))
        .withMessage("training data have features for input 'x', the model takes TInt32");
  }

  @Test
  void require_labelsOfAnotherShape_areRefused() {
    Model positions =
        of(
            new InputSpec("x", TFloat32.class, Shape.of(3, 4)),
            new Dense("logits", 5, Activation.LINEAR));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFit.require(DATA, "training", positions, TOKENS))
        .withMessage("training labels are of shape [], the model takes up to [3]");
  }

  @Test
  void require_sentencesLongerThanTheModel_areRefused() {
    int[] target = new int[18];
    Arrays.fill(target, 3);
    SentencePairs data = new SentencePairs(new int[][] {{3, 4}}, new int[][] {target}, 11, 11, 0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFit.require(data, "training", TRANSFORMER, TOKENS))
        .withMessage(
            "training data for input 'target' are of shape [17], the model takes up to [16]");
  }

  /** None of these reaches a kernel: on a GPU an id out of range would be read as zeros. */
  @Test
  void require_tokensThatAreNotTheModels_areRefused() {
    int[][] sources = {{3, 1}};
    int[][] targets = {{1, 3, 1}};
    SentencePairs fits = new SentencePairs(sources, targets, 11, 11, 0);
    SentencePairs more = new SentencePairs(sources, targets, 40, 11, 0);
    SentencePairs padded = new SentencePairs(sources, targets, 11, 11, 2);

    assertThatNoException()
        .isThrownBy(() -> DataFit.require(fits, "training", TRANSFORMER, TOKENS));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFit.require(more, "training", TRANSFORMER, TOKENS))
        .withMessage(
            "training data for input 'source' are of a vocabulary of 40, the model takes up to 11");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFit.require(padded, "validation", TRANSFORMER, TOKENS))
        .withMessage(
            "validation data for input 'source' are padded with 2, the model takes 0 for padding");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFit.require(fits, "training", TRANSFORMER, new TokenPrediction(2, 0)))
        .withMessage("training labels are padded with 0, the objective takes 2 for padding");
  }

  /** A batch of sentences counts tokens, and padding among them: here 4 sentences of 3. */
  @Test
  void requireBatch_moreTokensThanThereAre_isRefused() {
    int[][] sources = {{3, 4, 1}, {3, 1}, {1}, {4, 1}};
    int[][] targets = {{1, 4, 1}, {1, 1}, {1, 1}, {1, 1}};
    SentencePairs data = new SentencePairs(sources, targets, 5, 5, 0);

    assertThatNoException().isThrownBy(() -> DataFit.requireBatch(data, 12));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFit.requireBatch(data, 13))
        .withMessage("batchSize must be at most that of all training data, 12, got 13");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFit.requireBatch(DATA, 14))
        .withMessage("batchSize must be at most that of all training data, 13, got 14");
  }

  /** Of 13 examples. One batch of 13 is 4, 3, 3 and 3 on 4 devices. */
  @ParameterizedTest
  @CsvSource({"13, 1", "13, 4", "13, 6", "5, 1", "7, 2", "7, 3", "11, 1"})
  void requireShares_severalExamplesEach_areTaken(int batchSize, int devices) {
    assertThatNoException()
        .isThrownBy(
            () -> DataFit.requireShares(DATA, batchSize, devices, normalized().blueprint()));
  }

  /** The last batch is of one example, or is divided into shares of one; or a device is idle. */
  @ParameterizedTest
  @CsvSource({
    "12, 1, 1 on 1 device",
    "1, 1, 1 on 1 device",
    "13, 7, 13 on 7 devices",
    "5, 2, 3 on 2 devices",
    "11, 3, 2 on 3 devices"
  })
  void requireShares_oneExampleOfANormalizedVector_isRefused(
      int batchSize, int devices, String batch) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFit.requireShares(DATA, batchSize, devices, normalized().blueprint()))
        .withMessage(
            "batchSize must leave each device at least 2 examples, which the model's batch"
                + " normalization needs, got "
                + batchSize
                + ": a batch of "
                + batch);
  }

  /** Whose normalization has several positions of each example, or that has none. */
  @Test
  void requireShares_whereOneExampleHasAVariance_takesIt() {
    ConvNet maps =
        new ConvNet(
            new ImageShape(2, 2, 3),
            ImmutableList.of(2),
            ImmutableList.of(),
            5,
            Activation.RELU,
            Optional.of(BatchNorm.KERAS));
    assertThatNoException()
        .isThrownBy(
            () -> {
              DataFit.requireShares(DATA, 1, 4, maps.blueprint());
              DataFit.requireShares(DATA, 1, 4, Mlp.of(12, 5).blueprint());
            });
  }

  private static Model normalized() {
    return of(
        new InputSpec("x", TFloat32.class, Shape.of(12)),
        new Dense("logits", 5, Activation.LINEAR).withNormalization(BatchNorm.KERAS));
  }

  private static Model of(InputSpec input, LayerSpec layer) {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint blueprint = plan.build(plan.add(layer, plan.input(input)));
    return () -> blueprint;
  }
}
