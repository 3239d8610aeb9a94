package org.tfemergence.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.op.Op;
import org.tfemergence.models.variable.Variable;

/** Each optimizer against its formula in plain Java and double. */
final class OptimizerRecurrenceTest {
  /** An optimizer's formula for one coordinate. */
  private interface Rule {
    /** Returns the coordinate after a step; {@code state} begins with zeros. */
    double next(double w, double g, double rate, int step, double[] state);
  }

  private record Case(Optimizer optimizer, Rule rule) {
    @Override
    public String toString() {
      return optimizer.toString();
    }
  }

  static List<Case> cases() {
    double b1 = 0.9f;
    double b2 = 0.999f;
    double decay = 0.9f;
    return List.of(
        new Case(
            Sgd.nesterov(0.9),
            (w, g, rate, step, v) -> {
              v[0] = 0.9 * v[0] + g;
              return w - rate * (g + 0.9 * v[0]);
            }),
        new Case(
            new RmsProp(0.9, 0.5, 1e-3),
            (w, g, rate, step, s) -> {
              s[0] = decay * s[0] + (1 - decay) * g * g;
              s[1] = 0.5 * s[1] + rate * g / Math.sqrt(s[0] + 1e-3);
              return w - s[1];
            }),
        new Case(
            new AdamW(0.1),
            (w, g, rate, step, s) -> {
              s[0] = b1 * s[0] + (1 - b1) * g;
              s[1] = b2 * s[1] + (1 - b2) * g * g;
              double mean = s[0] / (1 - Math.pow(b1, step));
              double square = s[1] / (1 - Math.pow(b2, step));
              return w - rate * 0.1 * w - rate * mean / (Math.sqrt(square) + 1e-8);
            }));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void update_manySteps_followsFormula(Case one) {
    double[] weights = Quadratic.START.clone();
    double[][] states = new double[weights.length][2];
    try (Quadratic quadratic = new Quadratic(one.optimizer())) {
      for (int step = 1; step <= 100; step++) {
        double rate = 0.05 / Math.sqrt(step);
        double[] gradient = Quadratic.gradient(weights);
        for (int i = 0; i < weights.length; i++) {
          weights[i] = one.rule().next(weights[i], gradient[i], rate, step, states[i]);
        }
        quadratic.step(rate);
        assertThat(doubles(quadratic.weights())).containsExactly(weights, within(1e-4));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void update_waitsForAllGradients(Case one) {
    try (Quadratic quadratic = new Quadratic(one.optimizer())) {
      quadratic.requireUpdatesWaitForAllGradients();
    }
  }

  /** The check above must be able to fail: by a step that waits for nothing, and by a decay. */
  @Test
  void update_withoutGate_isSeen() {
    Optimizer step =
        (tf, variables, gradients, rate) -> {
          List<Op> applied = new ArrayList<>();
          for (Gradient gradient : gradients) {
            applied.add(
                tf.train.resourceApplyGradientDescent(
                    gradient.variable().handle(), rate, gradient.value()));
          }
          return tf.withControlDependencies(applied).noOp();
        };
    Optimizer decay =
        (tf, variables, gradients, rate) -> {
          Variable weight = gradients.get(0).variable();
          Op shrunk = tf.assignSubVariableOp(weight.handle(), tf.math.mul(weight.read(tf), rate));
          return new Sgd().update(tf.withControlDependencies(shrunk), variables, gradients, rate);
        };
    for (Optimizer ungated : List.of(step, decay)) {
      try (Quadratic quadratic = new Quadratic(ungated)) {
        assertThatExceptionOfType(AssertionError.class)
            .isThrownBy(quadratic::requireUpdatesWaitForAllGradients);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void update_tenRuns_areBitIdentical(Case one) {
    float[] first = null;
    for (int i = 0; i < 10; i++) {
      try (Quadratic quadratic = new Quadratic(one.optimizer())) {
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
  void adamW_withoutDecay_isAdam() {
    try (Quadratic decoupled = new Quadratic(new AdamW(0));
        Quadratic adam = new Quadratic(new Adam())) {
      for (int step = 0; step < 20; step++) {
        decoupled.step(0.1);
        adam.step(0.1);
      }
      assertThat(decoupled.weights()).isEqualTo(adam.weights());
    }
  }

  @Test
  void adamW_decaysItsGroupsOnly() {
    WeightDecay usual = WeightDecay.of(0.1);
    WeightDecay biases = new WeightDecay(0.1, ImmutableSet.of(Variable.Role.BIAS));
    requireDecays(usual, Variable.Role.BIAS, true, false);
    requireDecays(usual, Variable.Role.EMBEDDING, true, true);
    requireDecays(usual, Variable.Role.NORMALIZATION, true, false);
    requireDecays(biases, Variable.Role.BIAS, false, true);
  }

  /** The matrix is a kernel; of a variable that decays, its weights come nearer to zero by 1%. */
  private static void requireDecays(
      WeightDecay decay, Variable.Role ofVector, boolean matrix, boolean vector) {
    try (Quadratic decayed = new Quadratic(new AdamW(new Adam(), decay), ofVector);
        Quadratic plain = new Quadratic(new Adam(), ofVector)) {
      decayed.step(0.1);
      plain.step(0.1);
      for (int i = 0; i < Quadratic.START.length; i++) {
        boolean decays = i < 4 ? matrix : vector;
        assertThat((double) decayed.weights()[i])
            .as("%s of %s, weight %d", ofVector, decay, i)
            .isCloseTo(
                plain.weights()[i] - (decays ? 0.1 * 0.1 * Quadratic.START[i] : 0), within(1e-6));
      }
    }
  }

  @Test
  void numbers_outOfRange_areRefusedWithTheirValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RmsProp(1, 0, 1e-7))
        .withMessage("decay must be in [0, 1), got 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RmsProp(0.9, -1, 1e-7))
        .withMessage("momentum must be in [0, 1), got -1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RmsProp(0.9, 0, 0))
        .withMessage("epsilon must be finite and positive, got 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdamW(-1))
        .withMessage("weight decay must be finite and not negative, got -1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new WeightDecay(1, ImmutableSet.of(Variable.Role.STATE)))
        .withMessage("weight decay must work on trainable roles, got STATE");
  }
}
