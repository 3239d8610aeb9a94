package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfemergence.emergence.train.Schedule;

final class TrainerOptionsTest {
  @Test
  void defaults_areTheDocumentedOnes() {
    TrainerOptions options = TrainerOptions.defaults();

    assertThat(options.batching().size()).isEqualTo(64);
    assertThat(options.batching().evaluationSize()).isEqualTo(500);
    assertThat(options.updating().learningRate().at(1)).isEqualTo(0.01);
    assertThat(options.updating().learningRate().at(1_000_000)).isEqualTo(0.01);
    assertThat(options.seed()).isEqualTo(1);
  }

  @Test
  void with_changesOneThing() {
    Schedule rate = step -> 1.0 / step;
    TrainerOptions options = new TrainerOptions(2, 3, rate, 4);

    assertThat(options.withBatchSize(9)).isEqualTo(new TrainerOptions(9, 3, rate, 4));
    assertThat(options.withSeed(9)).isEqualTo(new TrainerOptions(2, 3, rate, 9));
    Schedule other = Schedule.constant(1);
    assertThat(options.withLearningRate(other)).isEqualTo(new TrainerOptions(2, 3, other, 4));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void batchSize_belowOne_isRefusedWithItsValue(int size) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrainerOptions.defaults().withBatchSize(size))
        .withMessage("batchSize must be at least 1, got " + size);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TrainerOptions(1, size, Schedule.constant(1), 1))
        .withMessage("evaluationBatchSize must be at least 1, got " + size);
  }
}
