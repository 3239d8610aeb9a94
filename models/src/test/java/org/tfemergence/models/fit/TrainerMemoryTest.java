package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.ProcessMemory;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.vision.Mlp;

final class TrainerMemoryTest {
  private static final int EXAMPLES = 1_280;
  private static final int BATCH = 64;
  private static final int WIDTH = 64;
  private static final int HIDDEN = 16;
  private static final int STEPS = 10_000;

  /**
   * Windows of 10,000 steps; what leaks grows in each, what settles (compiled code, malloc) does
   * not.
   */
  private static final int WINDOWS = 3;

  /*
   * Each step feeds 16 KiB and fetches as much, so 10,000 steps that left either open would keep
   * 160 MiB, and 1,000 bytes a step 10 MiB.
   */
  private static final long BOUND_KIB = 10 * 1024;

  /** Fetches what is as large as the input in each training step. */
  private static final class Fetching implements TrainingCallback {
    private Operand<TFloat32> tiled;

    @Override
    public void attach(TrainingGraph graph) {
      Ops tf = graph.tf();
      Operand<TFloat32> units = graph.taps(Phase.TRAINING).get(0).activations(); // [batch, HIDDEN]
      tiled = tf.tile(units, tf.constant(new int[] {1, WIDTH / HIDDEN})); // [batch, WIDTH]
    }

    @Override
    public StepRequest request(Step step) {
      return step.phase() == Phase.TRAINING ? StepRequest.of(tiled) : StepRequest.NOTHING;
    }
  }

  @Test
  void fit_tenThousandSteps_leavesResidentMemoryFlat() throws IOException {
    assumeTrue(ProcessMemory.isKnown());
    LabeledData data = Examples.noise(EXAMPLES, WIDTH, 10, 1);
    LabeledData heldOut = Examples.noise(BATCH, WIDTH, 10, 2);
    TrainerOptions options = new TrainerOptions(BATCH, BATCH, Schedule.constant(1e-4), 1);
    try (Trainer trainer =
        new Trainer(
            Mlp.of(WIDTH, 10, HIDDEN), Kaiming.normal(1), new Adam(), options, new Fetching())) {
      int perWindow = STEPS / (EXAMPLES / BATCH);
      int epochs = perWindow / 2;
      trainer.fit(data, heldOut, epochs);
      long[] growths = new long[WINDOWS];
      for (int i = 0; i < WINDOWS; i++) {
        long before = ProcessMemory.residentKib();
        epochs += perWindow;
        trainer.fit(data, heldOut, epochs);
        growths[i] = ProcessMemory.residentKib() - before;
      }

      assertThat(trainer.step()).isEqualTo(STEPS / 2 + (long) WINDOWS * STEPS);
      assertThat(LongStream.of(growths).min().orElseThrow())
          .as("growth of resident memory in KiB, of %s", Arrays.toString(growths))
          .isLessThan(BOUND_KIB);
    }
  }

  /**
   * JavaCPP counts the native objects that are open. The collector closes what is forgotten, but
   * hardly within an epoch, so that one leak per step shows here even when memory stays flat.
   */
  @Test
  void fit_eachEpoch_closesWhatItsStepsOpened() {
    LabeledData data = Examples.noise(EXAMPLES, WIDTH, 10, 1);
    LabeledData heldOut = Examples.noise(BATCH, WIDTH, 10, 2);
    TrainerOptions options = new TrainerOptions(BATCH, BATCH, Schedule.constant(1e-4), 1);
    try (Trainer trainer =
        new Trainer(
            Mlp.of(WIDTH, 10, HIDDEN), Kaiming.normal(1), new Adam(), options, new Fetching())) {
      for (int epoch = 1; epoch <= 5; epoch++) {
        long before = Pointer.totalCount();
        trainer.fit(data, heldOut, epoch);
        assertThat(Pointer.totalCount() - before).isLessThan(EXAMPLES / BATCH / 2);
      }
    }
  }
}
