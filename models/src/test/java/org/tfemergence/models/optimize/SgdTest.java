package org.tfemergence.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfemergence.models.variable.Variable;

final class SgdTest {
  /** The rate changes from step to step: it must multiply the sum, not each gradient in it. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 0.9})
  void update_manySteps_followsFormula(double momentum) {
    double[] weights = Quadratic.START.clone();
    double[] velocity = new double[weights.length];
    try (Quadratic quadratic = new Quadratic(new Sgd(momentum))) {
      for (int step = 1; step <= 100; step++) {
        double rate = 0.05 / Math.sqrt(step);
        double[] gradient = Quadratic.gradient(weights);
        for (int i = 0; i < weights.length; i++) {
          velocity[i] = momentum * velocity[i] + gradient[i];
          weights[i] -= rate * velocity[i];
        }
        quadratic.step(rate);
        assertThat(doubles(quadratic.weights())).containsExactly(weights, within(2e-5));
      }
    }
  }

  @Test
  void update_waitsForAllGradients() {
    try (Quadratic quadratic = new Quadratic(new Sgd())) {
      quadratic.requireUpdatesWaitForAllGradients();
    }
    try (Quadratic quadratic = new Quadratic(new Sgd(0.9))) {
      quadratic.requireUpdatesWaitForAllGradients();
    }
  }

  @Test
  void update_learningRateZero_changesNothing() {
    try (Quadratic quadratic = new Quadratic(new Sgd(0.9))) {
      quadratic.step(0);
      assertThat(doubles(quadratic.weights())).containsExactly(Quadratic.START);
    }
  }

  @Test
  void update_withMomentum_keepsVelocityAsState() {
    try (Quadratic quadratic = new Quadratic(new Sgd(0.9))) {
      assertThat(quadratic.variables.all().stream().map(Variable::name))
          .containsExactly(
              "matrix", "vector", "optimizer/momentum/matrix", "optimizer/momentum/vector");
      assertThat(quadratic.variables.trainable().stream().map(Variable::name))
          .containsExactly("matrix", "vector");
    }
  }

  @Test
  void update_withoutMomentum_keepsNoState() {
    try (Quadratic quadratic = new Quadratic(new Sgd())) {
      assertThat(quadratic.variables.all().stream().map(Variable::name))
          .containsExactly("matrix", "vector");
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, 1.5, Double.NaN})
  void momentum_outOfRange_isRefusedWithItsValue(double momentum) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sgd(momentum))
        .withMessage("momentum must be in [0, 1), got " + momentum);
  }
}
