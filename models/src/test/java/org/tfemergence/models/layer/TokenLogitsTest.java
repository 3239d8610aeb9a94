package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.LayerProgram;
import org.tfemergence.models.testing.PlainDense;
import org.tfemergence.models.variable.Variables;

final class TokenLogitsTest {
  private static final List<Shape> INPUTS = List.of(Shape.of(3, 4));

  @Test
  void call_ownKernel_isDenseWithoutBias() {
    LayerProgram.requireEquals(
        new TokenLogits("block/layer", 5, Optional.empty()),
        2,
        (v, x) -> PlainDense.forward(x.get(0), v.get("kernel"), new double[5], Activation.LINEAR),
        Shape.of(3, 4));
  }

  /**
   * The product with the table turned around; without padding, which is no token to be told,
   * whatever weights from elsewhere have in its row.
   */
  @Test
  void call_sharedTable_isItsTranspose_andLeavesPaddingAlone() {
    float[] x = Examples.features(6 * 4, 1);
    float[] weights = Examples.features(6 * 5, 2);
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      new Embedding("e", 5, 4).build(variables, Xavier.uniform(1), List.of(Shape.of(3)));
      LayerSpec.Built built =
          new TokenLogits("l", 5, Optional.of("e")).build(variables, Xavier.uniform(1), INPUTS);
      float[] values = Examples.features(5 * 4, 3);
      run.run(
          tf.assignVariableOp(
              variables.get("e/table").handle(),
              tf.constant(Shape.of(5, 4), DataBuffers.of(values))));
      Operand<TFloat32> input = tf.constant(Shape.of(2, 3, 4), DataBuffers.of(x));
      Operand<TFloat32> logits =
          built
              .call(Pass.training(tf, 1, tf.constant(0L)), List.of(Value.of(input)))
              .output()
              .floats();
      Operand<TFloat32> same =
          built.call(Pass.inference(tf), List.of(Value.of(input))).output().floats();
      Operand<TFloat32> flat = tf.reshape(logits, tf.constant(new int[] {-1}));
      Operand<TFloat32> loss =
          tf.reduceSum(tf.math.mul(flat, tf.constant(weights)), tf.constant(0));
      List<Gradient> gradients = Gradient.of(run.graph(), loss, variables.trainable());
      float[] table = run.floats(variables.get("e/table").read(tf));
      assertThat(table).isEqualTo(values);
      float[] y = run.floats(logits);
      assertThat(run.floats(same)).isEqualTo(y);
      float[] byTable = run.floats(gradients.get(0).value());

      assertThat(gradients).hasSize(1);
      assertThat(built.kernel()).isEmpty();
      assertThat(built.connections().orElseThrow().name()).isEqualTo("e/table");
      assertThat(built.connections().orElseThrow().isTransposed()).isTrue();
      for (int token = 0; token < 5; token++) {
        for (int row = 0; row < 6; row++) {
          double sum = 0;
          for (int c = 0; c < 4 && token > 0; c++) {
            sum += x[row * 4 + c] * table[token * 4 + c];
          }
          assertThat((double) y[row * 5 + token]).isCloseTo(sum, within(1e-6));
        }
        for (int c = 0; c < 4; c++) {
          double sum = 0;
          for (int row = 0; row < 6 && token > 0; row++) {
            sum += weights[row * 5 + token] * x[row * 4 + c];
          }
          assertThat((double) byTable[token * 4 + c]).isCloseTo(sum, within(1e-5));
        }
      }
    }
  }

  @Test
  void descriptions_countTheKernelOnce() {
    TokenLogits own = new TokenLogits("l", 5, Optional.empty());
    TokenLogits shared = new TokenLogits("l", 5, Optional.of("e"));

    assertThat(own.layer(INPUTS).parameters()).isEqualTo(20);
    assertThat(shared.layer(INPUTS).parameters()).isZero();
    for (TokenLogits logits : List.of(own, shared)) {
      assertThat(logits.output(INPUTS)).isEqualTo(Shape.of(3, 5));
      assertThat(logits.layer(INPUTS).role()).isEqualTo(Layer.Role.COUNTED);
      assertThat(logits.wiring(0, INPUTS)).isEqualTo(Optional.of(new Wiring.PerPosition()));
      assertThat(logits.kernel(INPUTS)).isEmpty();
    }
  }

  @Test
  void build_tableOfAnotherShape_isRefusedWithBoth() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      new Embedding("e", 5, 4).build(variables, Xavier.uniform(1), List.of(Shape.of(3)));

      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  new TokenLogits("l", 6, Optional.of("e"))
                      .build(variables, Xavier.uniform(1), INPUTS))
          .withMessage("layer 'l': expected a table of [6, 4], got [5, 4]");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  new TokenLogits("l", 6, Optional.of("f"))
                      .build(variables, Xavier.uniform(1), INPUTS))
          .withMessageContaining("no variable 'f/table'");
    }
  }
}
