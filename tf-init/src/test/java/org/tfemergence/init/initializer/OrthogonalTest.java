package org.tfemergence.init.initializer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.plan.Gain;

final class OrthogonalTest {
  /* Householder's Q is orthogonal up to a small multiple of the epsilon of float32, 1.2e-7. */
  private static final double TOLERANCE = 1e-5;

  static List<Shape> shapes() {
    return List.of(
        Shape.of(64, 32),
        Shape.of(32, 64),
        Shape.of(17, 17),
        Shape.of(1, 5),
        Shape.of(3, 3, 64, 32),
        Shape.of(3, 3, 3, 64));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void values_asMatrix_areOrthogonal(Shape shape) {
    double gain = 1.5;
    int columns = (int) shape.get(-1);
    int rows = (int) shape.size() / columns;
    float[] values = draw(new Orthogonal(new Gain(gain), 4), shape);

    boolean tall = rows >= columns;
    int vectors = tall ? columns : rows;
    for (int a = 0; a < vectors; a++) {
      for (int b = 0; b <= a; b++) {
        double product = 0;
        for (int i = 0; i < (tall ? rows : columns); i++) {
          product +=
              tall
                  ? (double) values[i * columns + a] * values[i * columns + b]
                  : (double) values[a * columns + i] * values[b * columns + i];
        }
        assertThat(product).isCloseTo(a == b ? gain * gain : 0, within(TOLERANCE));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void standardDeviation_isTheRootMeanSquare(Shape shape) {
    Orthogonal initializer = new Orthogonal(Gain.relu(), 5);
    double squares = 0;
    for (float value : draw(initializer, shape)) {
      squares += (double) value * value;
    }

    assertThat(initializer.standardDeviation(shape))
        .isCloseTo(Math.sqrt(squares / shape.size()), within(1e-6));
  }

  /*
   * Even among the orthogonal matrices of 3 x 3: each element has mean 0 and mean square 1/3. LAPACK
   * and Eigen leave the signs of R to the reflections, by which the first column leans to one side.
   * Tolerances are five standard deviations of a mean of 150: the squares vary by at most 4/45.
   */
  @Test
  void values_ofManySeeds_areEven() {
    int draws = 150;
    float[] values;
    try (GraphRun run = new GraphRun()) {
      List<Operand<TFloat32>> all = new ArrayList<>();
      for (int i = 0; i < draws; i++) {
        all.add(Orthogonal.of(i).call(run.tf(), Shape.of(3, 3)));
      }
      values = run.floats(run.tf().stack(all));
    }
    for (int element = 0; element < 9; element++) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < draws; i++) {
        sum += values[9 * i + element];
        squares += (double) values[9 * i + element] * values[9 * i + element];
      }
      assertThat(sum / draws).isCloseTo(0, within(5 * Math.sqrt(1.0 / 3 / draws)));
      assertThat(squares / draws).isCloseTo(1.0 / 3, within(5 * Math.sqrt(4.0 / 45 / draws)));
    }
  }

  @Test
  void named_ofAVariable_hasAStreamOfItsOwn() {
    Orthogonal initializer = Orthogonal.of(6);
    Shape shape = Shape.of(8, 4);

    assertThat(draw(initializer.named("a"), shape)).isEqualTo(draw(initializer.named("a"), shape));
    assertThat(draw(initializer.named("a"), shape))
        .isNotEqualTo(draw(initializer.named("b"), shape));
    assertThat(initializer.named("a"))
        .isEqualTo(new Orthogonal(Gain.linear(), Seeds.derive(6, "a")));
  }

  private static float[] draw(KernelInitializer initializer, Shape shape) {
    try (GraphRun run = new GraphRun()) {
      return run.floats(initializer.call(run.tf(), shape));
    }
  }
}
