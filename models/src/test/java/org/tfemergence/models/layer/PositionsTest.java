package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.testing.LayerProgram.Mode;
import org.tfemergence.models.variable.Variables;

final class PositionsTest {
  @ParameterizedTest
  @EnumSource
  void call_addsSinesAndCosines(Mode mode) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> zeros = tf.fill(tf.constant(new int[] {1, 3, 6}), tf.constant(10f));
      LayerSpec.Built built = built(tf, new Positions("p", 2), Shape.of(8, 6));
      float[] y = run.floats(built.call(mode.pass(tf), List.of(Value.of(zeros))).output().floats());

      // Frequencies 1, 1/100 and 1/10000; the first position is number 2.
      for (int p = 0; p < 3; p++) {
        double[] angles = {p + 2, (p + 2) / 100.0, (p + 2) / 10_000.0};
        for (int i = 0; i < 3; i++) {
          assertThat((double) y[p * 6 + i]).isCloseTo(10 + Math.sin(angles[i]), within(1e-6));
          assertThat((double) y[p * 6 + 3 + i]).isCloseTo(10 + Math.cos(angles[i]), within(1e-6));
        }
      }
    }
  }

  @Test
  void call_continued_isThatPartOfTheWhole() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      LayerSpec.Built built = built(tf, new Positions("p", 0), Shape.of(8, 6));
      Operand<TFloat32> whole = tf.fill(tf.constant(new int[] {1, 8, 6}), tf.constant(0f));
      Operand<TFloat32> part = tf.fill(tf.constant(new int[] {1, 2, 6}), tf.constant(0f));
      float[] all =
          run.floats(built.call(Pass.inference(tf), List.of(Value.of(whole))).output().floats());
      float[] some =
          run.floats(
              built
                  .call(Pass.inference(tf).startingAt(tf.constant(5)), List.of(Value.of(part)))
                  .output()
                  .floats());

      assertThat(some).isEqualTo(Arrays.copyOfRange(all, 30, 42));
    }
  }

  @Test
  void positions_doNotSuit_areRefused() {
    Positions positions = new Positions("p", 2);
    assertThat(positions.wiring(0, List.of(Shape.of(8, 6))))
        .isEqualTo(Optional.of(new Wiring.OneToOne(0)));
    for (long width : new long[] {2, 5}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> positions.output(List.of(Shape.of(8, width))))
          .withMessage("layer 'p': width must be even and at least 4, got " + width);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> positions.output(List.of(Shape.of(8))))
        .withMessage("layer 'p': expected an input of [positions, width], got [8]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Positions("p", -1))
        .withMessage("layer 'p': first must not be negative, got -1");
  }

  private static LayerSpec.Built built(Ops tf, Positions positions, Shape input) {
    return positions.build(Variables.initialized(tf), Xavier.uniform(1), List.of(input));
  }
}
