package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

final class ReductionTest {
  @Test
  void reduction_addsSumsAndGradients_andAveragesByCount() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variable variable =
          Variables.initialized(tf).add("v", Shape.of(2), Variable.Role.STATISTIC, 0);
      Reduction reduction =
          new Reduction(
              tf,
              List.of(
                  tower(tf, variable, 3, 10, 1, 2),
                  tower(tf, variable, 1, 20, 5, -2),
                  tower(tf, variable, 0, 0, 1_000, 1_000)));

      assertThat(run.floats(reduction.totals().count())).containsExactly(4);
      assertThat(run.floats(reduction.totals().loss())).containsExactly(30);
      assertThat(run.floats(reduction.totals().sums().get("loss"))).containsExactly(30);
      assertThat(run.floats(reduction.gradients().get(0).value())).containsExactly(30, 30);
      // (3 * 1 + 1 * 5) / 4 and (3 * 2 - 1 * 2) / 4; the share of no count weighs nothing.
      assertThat(run.floats(reduction.assignments().get(0).value())).containsExactly(2, 1);
    }
  }

  private static Tower tower(
      Ops tf, Variable variable, float count, float loss, float first, float second) {
    Operand<TFloat32> sum = tf.constant(loss);
    return new Tower(
        ImmutableList.of(),
        tf.constant(new int[0]),
        tf.constant(0L),
        tf.constant(1f),
        new Objective.Totals(sum, tf.constant(count), ImmutableMap.of("loss", sum)),
        ImmutableList.of(new Gradient(variable, tf.constant(new float[] {loss, loss}))),
        ImmutableList.of(new Pass.Assignment(variable, tf.constant(new float[] {first, second}))));
  }
}
