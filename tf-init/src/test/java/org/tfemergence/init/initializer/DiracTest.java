package org.tfemergence.init.initializer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;

final class DiracTest {
  private static final Dirac DIRAC = new Dirac(3);

  @ParameterizedTest
  @CsvSource({"3, 3, 4, 4", "1, 1, 4, 4", "5, 2, 4, 6", "4, 3, 6, 4"})
  void convolution_ofAPicture_givesItBack(int height, int width, int in, int out) {
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> picture = Xavier.normal(9).call(run.tf(), Shape.of(1, 7, 8, in));
      Operand<TFloat32> kernel = DIRAC.call(run.tf(), Shape.of(height, width, in, out));
      float[] before = run.floats(picture);

      float[] after =
          run.floats(run.tf().nn.conv2d(picture, kernel, List.of(1L, 1L, 1L, 1L), "SAME"));

      for (int pixel = 0; pixel < 7 * 8; pixel++) {
        for (int channel = 0; channel < out; channel++) {
          assertThat(after[pixel * out + channel])
              .isEqualTo(channel < in ? before[pixel * in + channel] : 0);
        }
      }
    }
  }

  @Test
  void call_denseKernel_isTheIdentity() {
    assertThat(draw(Shape.of(2, 3))).containsExactly(1, 0, 0, 0, 1, 0);
  }

  @Test
  void standardDeviation_isTheRootMeanSquare() {
    Shape shape = Shape.of(3, 5, 4, 6);
    double squares = 0;
    for (float value : draw(shape)) {
      squares += (double) value * value;
    }

    assertThat(DIRAC.standardDeviation(shape))
        .isCloseTo(Math.sqrt(squares / shape.size()), within(1e-12));
  }

  @Test
  void call_bias_isRefused() {
    try (GraphRun run = new GraphRun()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> DIRAC.call(run.tf(), Shape.of(3)))
          .withMessageContaining("at least two dimensions, got 1");
    }
  }

  private static float[] draw(Shape shape) {
    try (GraphRun run = new GraphRun()) {
      return run.floats(DIRAC.call(run.tf(), shape));
    }
  }
}
