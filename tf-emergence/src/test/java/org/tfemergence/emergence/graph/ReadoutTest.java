package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.testing.GraphRun;

final class ReadoutTest {
  @Test
  void read_anyOrderOfFetches_findsItsOwn() {
    try (GraphRun run = new GraphRun()) {
      Readout<Double> sum = sum(run.tf().constant(new double[] {1, 2}));
      Readout<Double> other = sum(run.tf().constant(new double[] {30, 40}));
      Readout<Double> behind = sum.behind(run.tf().withControlDependencies(other));

      try (Result result = run.session().runner().fetch(other).fetch(behind).fetch(sum).run()) {
        assertThat(sum.read(result)).isEqualTo(3);
        assertThat(other.read(result)).isEqualTo(70);
        assertThat(behind.read(result)).isEqualTo(3);
        assertThat(other.read(result.get(0))).isEqualTo(70);
      }
    }
  }

  @Test
  void read_ofARunWithoutIt_isRefused() {
    try (GraphRun run = new GraphRun()) {
      Readout<Double> sum = sum(run.tf().withName("own").constant(new double[] {1, 2}));
      try (Result result =
          run.session().runner().fetch(run.tf().withName("other").constant(1.0)).run()) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> sum.read(result))
            .withMessage("result must hold output 'own:0', holds [other:0]");
      }
    }
  }

  @Test
  void read_valueOfAnotherTypeOrShape_isRefused() {
    try (GraphRun run = new GraphRun();
        TFloat32 floats = TFloat32.vectorOf(1, 2);
        TFloat64 longer = TFloat64.vectorOf(1, 2, 3);
        TFloat64 fits = TFloat64.vectorOf(4, 5)) {
      Readout<Double> sum = sum(run.tf().withName("own").constant(new double[] {1, 2}));
      for (var wrong : List.of(floats, longer)) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> sum.read(wrong))
            .withMessage(
                "value of output 'own:0' must be of DT_DOUBLE"
                    + Shape.of(2)
                    + ", got "
                    + wrong.dataType()
                    + wrong.shape());
      }
      assertThat(sum.read(fits)).isEqualTo(9);
    }
  }

  private static Readout<Double> sum(Operand<TFloat64> values) {
    return Readout.of(
        values,
        read -> {
          double sum = 0;
          for (double value : read) {
            sum += value;
          }
          return sum;
        });
  }
}
