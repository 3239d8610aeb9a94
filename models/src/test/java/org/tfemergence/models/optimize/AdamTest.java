package org.tfemergence.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.models.variable.Variable;

final class AdamTest {
  /**
   * The paper's formulas, with the betas rounded to float32 as the graph has them: 1 - beta2 would
   * otherwise be off by 1e-5 of itself.
   */
  @ParameterizedTest
  @CsvSource({"0.9, 0.999, 1e-8", "0.5, 0.9, 0.1", "0, 0.99, 1e-3"})
  void update_manySteps_followsFormula(double beta1, double beta2, double epsilon) {
    double b1 = (float) beta1;
    double b2 = (float) beta2;
    double[] weights = Quadratic.START.clone();
    double[] mean = new double[weights.length];
    double[] square = new double[weights.length];
    try (Quadratic quadratic = new Quadratic(new Adam(beta1, beta2, epsilon))) {
      for (int step = 1; step <= 200; step++) {
        double rate = 0.05 / Math.sqrt(step);
        double[] gradient = Quadratic.gradient(weights);
        double size = rate * Math.sqrt(1 - Math.pow(b2, step)) / (1 - Math.pow(b1, step));
        for (int i = 0; i < weights.length; i++) {
          mean[i] = b1 * mean[i] + (1 - b1) * gradient[i];
          square[i] = b2 * square[i] + (1 - b2) * gradient[i] * gradient[i];
          weights[i] -= size * mean[i] / (Math.sqrt(square[i]) + epsilon);
        }
        quadratic.step(rate);
        assertThat(doubles(quadratic.weights())).containsExactly(weights, within(1e-4));
      }
    }
  }

  @Test
  void update_waitsForAllGradients() {
    try (Quadratic quadratic = new Quadratic(new Adam())) {
      quadratic.requireUpdatesWaitForAllGradients();
    }
  }

  @Test
  void update_firstStep_movesByLearningRateAgainstTheGradientsSign() {
    try (Quadratic quadratic = new Quadratic(new Adam())) {
      quadratic.step(0.01);

      float[] weights = quadratic.weights();
      double[] gradient = Quadratic.gradient(Quadratic.START);
      for (int i = 0; i < weights.length; i++) {
        assertThat((double) weights[i])
            .isCloseTo(Quadratic.START[i] - 0.01 * Math.signum(gradient[i]), within(1e-6));
      }
    }
  }

  /** TensorFlow Java's own Adam gives several results here: its operations race. */
  @Test
  void update_thirtyRuns_areBitIdentical() {
    float[] first = null;
    for (int i = 0; i < 30; i++) {
      try (Quadratic quadratic = new Quadratic(new Adam())) {
        for (int step = 0; step < 20; step++) {
          quadratic.step(0.1);
        }
        float[] weights = quadratic.weights();
        first = first == null ? weights : first;
        assertThat(weights).isEqualTo(first);
      }
    }
  }

  @Test
  void update_keepsMomentsAndPowersAsState() {
    try (Quadratic quadratic = new Quadratic(new Adam())) {
      assertThat(quadratic.variables.trainable().stream().map(Variable::name))
          .containsExactly("matrix", "vector");
      assertThat(quadratic.variables.all())
          .filteredOn(variable -> !variable.trainable())
          .allSatisfy(variable -> assertThat(variable.name()).startsWith("optimizer/adam/"))
          .extracting(Variable::shape)
          .containsExactlyInAnyOrder(
              Shape.scalar(),
              Shape.scalar(),
              Shape.of(2, 2),
              Shape.of(2, 2),
              Shape.of(2),
              Shape.of(2));
    }
  }

  @Test
  void adam_withoutArguments_hasThePapersValues() {
    assertThat(new Adam()).isEqualTo(new Adam(0.9, 0.999, 1e-8));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, 2, Double.NaN})
  void beta_outOfRange_isRefusedWithItsValue(double beta) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Adam(beta, 0.999, 1e-8))
        .withMessage("beta1 must be in [0, 1), got " + beta);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Adam(0.9, beta, 1e-8))
        .withMessage("beta2 must be in [0, 1), got " + beta);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1e-8, Double.POSITIVE_INFINITY, Double.NaN})
  void epsilon_outOfRange_isRefusedWithItsValue(double epsilon) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Adam(0.9, 0.999, epsilon))
        .withMessage("epsilon must be finite and positive, got " + epsilon);
  }
}
