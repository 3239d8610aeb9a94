package org.tfemergence.prune.graph;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.testing.TinyTraining;
import org.tfemergence.emergence.testing.TinyTraining.Kind;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.prune.callback.PruningCallback;

final class MaskedAveragesTest {
  /**
   * Nothing but the pruning touches the average, which begins as minus ones: times 0, they are -0.
   */
  @Test
  void prune_average_becomesZeroExactlyWhereTheWeightIs() {
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 42)) {
      Averaged averaged = new Averaged(PruningCallback.oneShot(2, 0.6));
      training.attach(averaged);
      training.update(8);
      assertThat(training.run().floats(averaged.value)).containsOnly(-1);
      for (int step = 2; step <= 4; step++) {
        training.update(8);
        float[] weights = training.weights().get(0);
        float[] averages = training.run().floats(averaged.value);
        for (int i = 0; i < weights.length; i++) {
          assertThat(Float.floatToRawIntBits(averages[i]))
              .isEqualTo(Float.floatToRawIntBits(weights[i] == 0 ? 0 : -1));
        }
      }
    }
  }

  /** A callback that sees an average of the first kernel. */
  private static final class Averaged implements TrainingCallback {
    private final PruningCallback pruning;
    private Operand<TFloat32> value;

    Averaged(PruningCallback pruning) {
      this.pruning = pruning;
    }

    @Override
    public void attach(TrainingGraph graph) {
      Weight kernel = graph.weights().get(0);
      Ops tf = graph.tf();
      VarHandleOp handle =
          tf.varHandleOp(TFloat32.class, kernel.shape(), VarHandleOp.sharedName("average"));
      Ops init = tf.withInitScope();
      init.assignVariableOp(
          handle, init.fill(init.constant(kernel.shape().asArray()), init.constant(-1f)));
      Weight average = Weight.of(handle);
      value = average.read(tf);
      pruning.attach(
          graph.withStatistics(ImmutableList.of(average), ImmutableMap.of(kernel.name(), average)));
    }

    @Override
    public StepRequest request(Step step) {
      return pruning.request(step);
    }

    @Override
    public void completed(StepResult result) {
      pruning.completed(result);
    }
  }
}
