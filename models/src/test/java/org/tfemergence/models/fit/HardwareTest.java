package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

final class HardwareTest {
  /** Where the system gives no more threads TensorFlow ends the process. */
  @ParameterizedTest
  @CsvSource({"4000, 1", "1, 4000", "-1, 1", "1, -1", "2147483647, 0"})
  void threads_outOfRange_areRefused(int intraOp, int interOp) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hardware.defaults().withThreads(intraOp, interOp))
        .withMessage(
            "numbers of threads must be from 0 to "
                + Hardware.mostThreads()
                + ", got "
                + intraOp
                + " and "
                + interOp);
  }

  @Test
  void threads_asManyAsMayBe_compute() {
    int most = Hardware.mostThreads();
    assertThat(most)
        .isGreaterThanOrEqualTo(256)
        .isGreaterThanOrEqualTo(4 * Runtime.getRuntime().availableProcessors());
    Hardware hardware = Hardware.defaults().withThreads(most, most);
    try (Graph graph = new Graph();
        Session session = new Session(graph, hardware.session());
        TInt32 sum =
            (TInt32)
                session
                    .runner()
                    .fetch(
                        Ops.create(graph)
                            .math
                            .add(Ops.create(graph).constant(2), Ops.create(graph).constant(3)))
                    .run()
                    .get(0)) {
      assertThat(sum.getInt()).isEqualTo(5);
    }
  }
}
