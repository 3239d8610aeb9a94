package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.variable.Variables;

final class DropoutTest {
  private static final int SIZE = 10_000;

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.9})
  void call_training_dropsTheRateAndScalesTheRest(double rate) {
    try (GraphRun run = new GraphRun()) {
      float[] x = Examples.features(SIZE, 1);
      float[] y = run.floats(training(run, new Dropout("drop", rate), x, 3, 1));

      int dropped = 0;
      for (int i = 0; i < SIZE; i++) {
        if (y[i] == 0) {
          dropped++;
        } else {
          assertThat((double) y[i]).isCloseTo(x[i] / (1 - rate), within(1e-6 / (1 - rate)));
        }
      }
      // Five standard deviations of a binomial.
      assertThat((double) dropped)
          .isCloseTo(rate * SIZE, within(5 * Math.sqrt(SIZE * rate * (1 - rate))));
    }
  }

  @Test
  void call_inferenceOrRateZero_leavesTheValues() {
    try (GraphRun run = new GraphRun()) {
      float[] x = Examples.features(SIZE, 1);
      Operand<TFloat32> input = run.constant(Shape.of(1, SIZE), x);
      Pass inference = Pass.inference(run.tf());

      assertThat(
              run.floats(
                  new Dropout("drop", 0.5).call(inference, List.of(Value.of(input))).floats()))
          .isEqualTo(x);
      assertThat(run.floats(training(run, new Dropout("drop", 0), x, 3, 1))).isEqualTo(x);
    }
  }

  @Test
  void call_dropsBySeedStepAndName() {
    float[] x = Examples.features(SIZE, 1);
    float[] first;
    try (GraphRun run = new GraphRun()) {
      Dropout drop = new Dropout("drop", 0.5);
      first = run.floats(training(run, drop, x, 3, 1));

      assertThat(run.floats(training(run, drop, x, 4, 1))).isNotEqualTo(first);
      assertThat(run.floats(training(run, drop, x, 3, 2))).isNotEqualTo(first);
      assertThat(run.floats(training(run, new Dropout("other", 0.5), x, 3, 1))).isNotEqualTo(first);
    }
    try (GraphRun run = new GraphRun()) {
      run.tf().constant(1); // Another graph: operations are numbered differently.
      assertThat(run.floats(training(run, new Dropout("drop", 0.5), x, 3, 1))).isEqualTo(first);
    }
  }

  /** The batch size is known at the run only, as in training. */
  @Test
  void gradient_isTheFactorOfEachValue() {
    try (GraphRun run = new GraphRun();
        TFloat32 ones = TFloat32.tensorOf(Shape.of(100, 10), data -> fill(data, 1))) {
      Ops tf = run.tf();
      Placeholder<TFloat32> input =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 10)));
      Operand<TFloat32> y =
          new Dropout("drop", 0.25)
              .call(Pass.training(tf, 3, tf.constant(1L)), List.of(Value.of(input)))
              .floats();
      Operand<TFloat32> loss = tf.reduceSum(y, tf.constant(new int[] {0, 1}));
      Output<?> gradient =
          run.graph().addGradients(loss.asOutput(), new Output<?>[] {input.asOutput()})[0];
      try (var result = run.session().runner().feed(input, ones).fetch(y).fetch(gradient).run()) {
        float[] outputs = GraphRun.floats((TFloat32) result.get(0));
        assertThat(GraphRun.floats((TFloat32) result.get(1))).isEqualTo(outputs);
        assertThat(outputs).contains(0).contains((float) (1 / 0.75));
      }
    }
  }

  @Test
  void description_isWiringOneToOne() {
    Dropout drop = new Dropout("drop", 0.5);
    List<Shape> inputs = List.of(Shape.of(4, 3, 2));

    assertThat(drop.output(inputs)).isEqualTo(Shape.of(4, 3, 2));
    assertThat(drop.layer(inputs).role()).isEqualTo(Layer.Role.WIRING);
    assertThat(drop.wiring(0, inputs)).contains(new Wiring.OneToOne(0));
    assertThat(drop.kernel(inputs)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, 1.5, Double.NaN})
  void rate_outOfRange_isRefusedWithItsValue(double rate) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Dropout("drop", rate))
        .withMessage("layer 'drop': rate must be in [0, 1), got " + rate);
  }

  private static Operand<TFloat32> training(
      GraphRun run, Dropout drop, float[] x, long seed, long step) {
    Ops tf = run.tf();
    Variables variables = Variables.initialized(tf);
    Operand<TFloat32> y =
        drop.build(variables, Xavier.uniform(0), List.of(Shape.of(x.length)))
            .call(
                Pass.training(tf, seed, tf.constant(step)),
                List.of(Value.of(run.constant(Shape.of(1, x.length), x))))
            .output()
            .floats();
    assertThat(variables.all()).isEmpty();
    return y;
  }

  private static void fill(TFloat32 tensor, float value) {
    tensor.scalars().forEach(scalar -> scalar.setFloat(value));
  }
}
