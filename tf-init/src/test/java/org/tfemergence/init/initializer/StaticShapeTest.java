package org.tfemergence.init.initializer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.testing.GraphRun;

final class StaticShapeTest {
  @Test
  void of_constant_isReadWithoutASession() {
    try (GraphRun run = new GraphRun()) {
      // A session would run this initializer first, and fail: it divides by zero.
      Ops init = run.tf().withInitScope();
      init.math.floorDiv(init.constant(1), init.constant(0));

      for (long[] dims : new long[][] {{3, 3, 64, 128}, {784, 256}, {5, 5}, {7}}) {
        assertThat(StaticShape.of(run.tf(), run.tf().constant(dims))).isEqualTo(Shape.of(dims));
      }
    }
  }

  @Test
  void of_computed_isLeftToTheFramework() {
    try (GraphRun run = new GraphRun()) {
      assertThat(
              StaticShape.of(
                  run.tf(),
                  run.tf()
                      .math
                      .add(
                          run.tf().constant(new long[] {3, 4}),
                          run.tf().constant(new long[] {1, 1}))))
          .isEqualTo(Shape.of(4, 5));
    }
  }
}
