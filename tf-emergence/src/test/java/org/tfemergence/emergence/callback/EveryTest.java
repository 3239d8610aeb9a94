package org.tfemergence.emergence.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;

final class EveryTest {
  /** Two epochs of three updates, each evaluated after its second update and at its end. */
  private static final List<Step> COURSE =
      Stream.of(looks(0, 0, true), epoch(1, 1), epoch(4, 2)).flatMap(List::stream).toList();

  @Test
  void epochs_evaluationPasses_areThoseAtTheEpochsEnd() {
    assertThat(included(Sampling.evaluationPasses(Every.epochs(1))))
        .extracting(Step::number)
        .containsExactly(0L, 0L, 3L, 3L, 6L, 6L);
    assertThat(included(Sampling.evaluationPasses(Every.epochs(2))))
        .extracting(Step::number)
        .containsExactly(0L, 0L, 6L, 6L);
  }

  @Test
  void epochs_trainingBatches_areTheEpochsLast() {
    assertThat(included(Sampling.trainingBatches(Every.epochs(1))))
        .extracting(Step::number)
        .containsExactly(3L, 6L);
    assertThat(included(Sampling.trainingBatches(Every.epochs(2))))
        .extracting(Step::number)
        .containsExactly(6L);
  }

  @Test
  void steps_anySampling_areThoseOfTheNumber() {
    assertThat(included(Sampling.trainingBatches(Every.steps(2))))
        .extracting(Step::number)
        .containsExactly(2L, 4L, 6L);
    assertThat(included(Sampling.EACH_EVALUATION))
        .extracting(Step::number)
        .containsExactly(0L, 0L, 2L, 2L, 3L, 3L, 5L, 5L, 6L, 6L);
  }

  @Test
  void every_lessThanOne_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Every.epochs(0))
        .withMessage("k must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Every.steps(-1))
        .withMessage("k must be at least 1, got -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Step(Phase.TRAINING, 1, 1, true, false, true))
        .withMessage("epochOver must be as last in TRAINING, got true and false");
  }

  private static List<Step> epoch(long from, int epoch) {
    return Stream.of(
            List.of(
                new Step(Phase.TRAINING, from, epoch, true, false),
                new Step(Phase.TRAINING, from + 1, epoch, false, false)),
            looks(from + 1, epoch, false),
            List.of(new Step(Phase.TRAINING, from + 2, epoch, false, true)),
            looks(from + 2, epoch, true))
        .flatMap(List::stream)
        .toList();
  }

  /** A pass of two batches. */
  private static List<Step> looks(long number, int epoch, boolean epochOver) {
    return List.of(
        new Step(Phase.EVALUATION, number, epoch, true, false, epochOver),
        new Step(Phase.EVALUATION, number, epoch, false, true, epochOver));
  }

  private static List<Step> included(Sampling sampling) {
    return COURSE.stream().filter(sampling::includes).toList();
  }
}
