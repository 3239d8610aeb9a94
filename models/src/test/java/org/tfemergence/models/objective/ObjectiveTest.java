package org.tfemergence.models.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.testing.GraphRun;

/** Losses and metrics against their definitions in plain Java and double. */
final class ObjectiveTest {
  private static final int CLASSES = 7;
  private static final int PADDING = 1;

  /** What the definitions give for one row. */
  private record Row(double loss, double surprise, int rank) {
    static Row of(float[] logits, int from, int label, double smoothing) {
      double sum = 0;
      for (int j = 0; j < CLASSES; j++) {
        sum += Math.exp(logits[from + j]);
      }
      double loss = 0;
      int rank = 0;
      for (int j = 0; j < CLASSES; j++) {
        double target = smoothing / CLASSES + (j == label ? 1 - smoothing : 0);
        loss -= target * (logits[from + j] - Math.log(sum));
        boolean tied = logits[from + j] == logits[from + label] && j < label;
        rank += logits[from + j] > logits[from + label] || tied ? 1 : 0;
      }
      return new Row(loss, Math.log(sum) - logits[from + label], rank);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.5})
  void classification_followsDefinitions(double smoothing) {
    int rows = 50;
    float[] logits = logits(rows);
    int[] labels = new Random(2).ints(rows, 0, CLASSES).toArray();
    double loss = 0;
    double[] found = new double[4];
    for (int i = 0; i < rows; i++) {
      Row row = Row.of(logits, i * CLASSES, labels[i], smoothing);
      loss += row.loss();
      for (int k = 1; k < 4; k++) {
        found[k] += row.rank() < k ? 1 : 0;
      }
    }
    Classification objective = new Classification(smoothing, ImmutableList.of(2, 3));
    Map<String, Double> metrics =
        metrics(objective, logits, Shape.of(rows, CLASSES), labels, Shape.of(rows), rows);

    assertThat(metrics).containsOnlyKeys("loss", "accuracy", "top_2_accuracy", "top_3_accuracy");
    assertThat(metrics.get("loss")).isCloseTo(loss / rows, within(1e-5));
    assertThat(metrics).containsEntry("accuracy", found[1] / rows);
    assertThat(metrics).containsEntry("top_2_accuracy", found[2] / rows);
    assertThat(metrics).containsEntry("top_3_accuracy", found[3] / rows);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1})
  void tokenPrediction_leavesPaddingOut(double smoothing) {
    int rows = 4 * 6;
    float[] logits = logits(rows);
    int[] labels = new Random(3).ints(rows, 0, 3).toArray();
    double loss = 0;
    double surprise = 0;
    double found = 0;
    double amongThree = 0;
    int real = 0;
    for (int i = 0; i < rows; i++) {
      if (labels[i] != PADDING) {
        Row row = Row.of(logits, i * CLASSES, labels[i], smoothing);
        loss += row.loss();
        surprise += row.surprise();
        found += row.rank() == 0 ? 1 : 0;
        amongThree += row.rank() < 3 ? 1 : 0;
        real++;
      }
    }
    Map<String, Double> metrics =
        metrics(
            new TokenPrediction(PADDING, smoothing, ImmutableList.of(3)),
            logits,
            Shape.of(4, 6, CLASSES),
            labels,
            Shape.of(4, 6),
            real);

    assertThat(metrics.get("loss")).isCloseTo(loss / real, within(1e-5));
    assertThat(metrics).containsOnlyKeys("loss", "accuracy", "top_3_accuracy", "perplexity");
    assertThat(metrics).containsEntry("top_3_accuracy", amongThree / real);
    assertThat(metrics.get("perplexity")).isCloseTo(Math.exp(surprise / real), within(1e-4));
    assertThat(metrics).containsEntry("accuracy", found / real);
  }

  /** Logits of few values, so that most rows have ties; also all equal. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void accuracies_ofEqualLogits_areTheLowerClasss(int values) {
    int rows = 300;
    Random random = new Random(values);
    float[] logits = new float[rows * CLASSES];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = random.nextInt(values) - 1;
    }
    int[] labels = random.ints(rows, 0, CLASSES).toArray();
    double[] found = new double[CLASSES + 2];
    for (int i = 0; i < rows; i++) {
      int rank = Row.of(logits, i * CLASSES, labels[i], 0).rank();
      for (int k = rank + 1; k < found.length; k++) {
        found[k]++;
      }
    }
    ImmutableList<Integer> all = ImmutableList.of(1, 2, 3, 4, 5, 6, 7, 8);
    for (Map<String, Double> metrics :
        List.of(
            metrics(
                new Classification(0, all),
                logits,
                Shape.of(rows, CLASSES),
                labels,
                Shape.of(rows),
                rows),
            metrics(
                new TokenPrediction(CLASSES, 0, all),
                logits,
                Shape.of(rows / 10, 10, CLASSES),
                labels,
                Shape.of(rows / 10, 10),
                rows))) {
      assertThat(metrics).containsEntry("accuracy", found[1] / rows);
      for (int k : all) {
        assertThat(metrics).containsEntry("top_" + k + "_accuracy", found[k] / rows);
      }
      assertThat(metrics).containsEntry("top_7_accuracy", 1.0);
    }
  }

  /** Where there is no order, nothing is first. */
  @Test
  void accuracies_ofNaN_areMisses() {
    float nan = Float.NaN;
    float[] logits = {
      nan, 1, 2, 0, 0, 0, 0, // the label's own
      0, 1, nan, 3, 0, 0, 0, // another's
      nan, nan, nan, nan, nan, nan, nan, 0, 1, 2, 9, 0, 0, 0
    };
    for (int label = 0; label < CLASSES; label++) {
      double expected = (label == 3 ? 1 : 0) / 4.0;
      int[] labels = {label, label, label, label};
      for (Objective objective :
          List.of(
              new Classification(0.1, ImmutableList.of(1, 7)),
              new TokenPrediction(CLASSES, 0.1, ImmutableList.of(1, 7)))) {
        boolean tokens = objective instanceof TokenPrediction;
        Map<String, Double> metrics =
            metrics(
                objective,
                logits,
                tokens ? Shape.of(2, 2, CLASSES) : Shape.of(4, CLASSES),
                labels,
                tokens ? Shape.of(2, 2) : Shape.of(4),
                4);
        assertThat(metrics.get("loss")).isNaN();
        assertThat(metrics).containsEntry("accuracy", expected);
        assertThat(metrics).containsEntry("top_1_accuracy", expected);
        assertThat(metrics).containsEntry("top_7_accuracy", 0.25);
      }
    }
  }

  @Test
  void sums_addByName() {
    MetricSums one = new MetricSums(2, ImmutableMap.of("loss", 3.0));
    assertThat(MetricSums.NONE.plus(one)).isEqualTo(one);
    assertThat(one.plus(new MetricSums(3, ImmutableMap.of("loss", 7.0))).mean("loss")).isEqualTo(2);
  }

  @Test
  void objective_outOfRange_isRefusedWithItsValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Classification(1, ImmutableList.of()))
        .withMessage("label smoothing must be in [0, 1), got 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Classification(0, ImmutableList.of(0)))
        .withMessage("top must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TokenPrediction(-1, 0))
        .withMessage("padding must not be negative, got -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TokenPrediction(0, 0, ImmutableList.of(-2)))
        .withMessage("top must be at least 1, got -2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Classification(0, ImmutableList.of(5, 2, 5)))
        .withMessage("top must have each number once, got 5 twice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Classification().labels(Shape.of(3, 4)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TokenPrediction(0, 0).labels(Shape.of(3)));
  }

  private static float[] logits(int rows) {
    Random random = new Random(1);
    float[] logits = new float[rows * CLASSES];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (3 * random.nextGaussian());
    }
    return logits;
  }

  private static Map<String, Double> metrics(
      Objective objective, float[] logits, Shape shape, int[] labels, Shape labelShape, int count) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> given = tf.reshape(tf.constant(logits), tf.constant(shape.asArray()));
      Operand<TInt32> wanted = tf.reshape(tf.constant(labels), tf.constant(labelShape.asArray()));
      Objective.Totals totals = objective.totals(tf, given, wanted);
      assertThat(run.floats(totals.count())).containsExactly(count);
      Map<String, Double> sums = new LinkedHashMap<>();
      totals.sums().forEach((name, sum) -> sums.put(name, (double) run.floats(sum)[0]));
      assertThat((double) run.floats(totals.loss())[0]).isEqualTo(sums.get("loss")); // also NaN
      return objective.metrics(new MetricSums(count, ImmutableMap.copyOf(sums)));
    }
  }
}
