package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.testing.LayerProgram;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

final class LayerNormTest {
  /** The greater epsilon tells where it is added. */
  @ParameterizedTest
  @ValueSource(doubles = {1e-5, 0.5})
  void call_isItsFormula(double epsilon) {
    LayerProgram.requireEquals(
        new LayerNorm("block/layer", epsilon),
        2,
        (v, x) -> normalized(x.get(0), v.get("gain"), v.get("offset"), epsilon),
        Shape.of(3, 5));
  }

  @Test
  void call_withoutPositions_isItsFormula() {
    LayerProgram.requireEquals(
        new LayerNorm("block/layer"),
        2,
        (v, x) -> normalized(x.get(0), v.get("gain"), v.get("offset"), LayerNorm.EPSILON),
        Shape.of(4));
  }

  @Test
  void build_startsAsPlainNormalization() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      new LayerNorm("n").build(variables, Xavier.uniform(1), List.of(Shape.of(3, 5)));

      assertThat(variables.trainable())
          .extracting(Variable::role)
          .containsOnly(Variable.Role.NORMALIZATION);
      assertThat(run.floats(variables.get("n/gain").read(run.tf()))).containsExactly(1, 1, 1, 1, 1);
      assertThat(run.floats(variables.get("n/offset").read(run.tf()))).containsOnly(0);
    }
  }

  @Test
  void descriptions_areOfWiringWithParameters() {
    LayerNorm norm = new LayerNorm("n");
    List<Shape> inputs = List.of(Shape.of(3, 5));

    assertThat(norm.output(inputs)).isEqualTo(Shape.of(3, 5));
    assertThat(norm.layer(inputs))
        .isEqualTo(new Layer("n", ImmutableList.of(3L, 5L), 10, Layer.Role.WIRING));
    assertThat(norm.wiring(0, inputs)).isEqualTo(Optional.of(new Wiring.OneToOne(0)));
    assertThat(norm.kernel(inputs)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1e-5, Double.NaN, Double.POSITIVE_INFINITY})
  void epsilon_outOfRange_isRefusedWithItsValue(double epsilon) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LayerNorm("n", epsilon))
        .withMessage("layer 'n': epsilon must be finite and positive, got " + epsilon);
  }

  private static double[] normalized(double[] x, double[] gain, double[] offset, double epsilon) {
    int width = gain.length;
    double[] y = new double[x.length];
    for (int start = 0; start < x.length; start += width) {
      double mean = 0;
      for (int c = 0; c < width; c++) {
        mean += x[start + c] / width;
      }
      double variance = 0;
      for (int c = 0; c < width; c++) {
        variance += Math.pow(x[start + c] - mean, 2) / width;
      }
      for (int c = 0; c < width; c++) {
        y[start + c] = gain[c] * (x[start + c] - mean) / Math.sqrt(variance + epsilon) + offset[c];
      }
    }
    return y;
  }
}
