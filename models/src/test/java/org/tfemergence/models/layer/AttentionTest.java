package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.models.testing.LayerProgram;
import org.tfemergence.models.testing.LayerProgram.Mode;
import org.tfemergence.models.testing.PlainAttention;

final class AttentionTest {
  private static final String NAME = "block/layer";
  private static final boolean[][] ALL = {{true, true, true, true}, {true, true, true, true}};
  private static final boolean[][] SOME = {{true, true, true, false}, {true, true, false, false}};

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void call_everything_isPlainJavasAttention(int heads) {
    Shape shape = Shape.of(4, 6);
    requireEquals(new Attention(NAME, heads, Reach.ALL), ALL, shape, shape, shape);
  }

  @Test
  void call_causal_isPlainJavasAttention() {
    Shape shape = Shape.of(4, 6);
    requireEquals(new Attention(NAME, 2, Reach.CAUSAL), ALL, shape, shape, shape);
  }

  @Test
  void call_paddedKeys_isPlainJavasAttention() {
    Shape shape = Shape.of(4, 6);
    requireEquals(new Attention(NAME, 2, Reach.ALL), SOME, shape, shape, shape);
    requireEquals(new Attention(NAME, 2, Reach.CAUSAL), SOME, shape, shape, shape);
  }

  @Test
  void call_across_isPlainJavasAttention() {
    requireEquals(
        new Attention(NAME, 2, Reach.ALL), SOME, Shape.of(3, 6), Shape.of(4, 6), Shape.of(4, 10));
  }

  /** No key is real: all weigh the same, and nothing is NaN. */
  @Test
  void call_allKeysPadded_weighTheSame() {
    boolean[][] none = {{true, false, false, false}, {false, false, false, false}};
    Shape shape = Shape.of(4, 6);
    Attention attention = new Attention(NAME, 2, Reach.ALL);
    try (LayerProgram program = program(attention, Mode.INFERENCE, none, shape, shape, shape)) {
      List<double[]> x = program.inputValues();
      double[] expected = PlainAttention.forward(x.get(0), x.get(1), x.get(2), none, 4, 2, false);

      assertThat(doubles(program.run().floats(program.called().output().floats())))
          .containsExactly(expected, within(1e-5));
    }
  }

  /**
   * What is dropped follows from seed, step and name: it is found with uniform weights, and holds
   * for any, and for the gradients.
   */
  @ParameterizedTest
  @EnumSource
  void call_dropout_dropsWeightsInTrainingAlone(Mode mode) {
    double rate = 0.4;
    Shape shape = Shape.of(4, 6);
    Attention attention = new Attention(NAME, 2, Reach.ALL, rate);
    double[] factors = mode == Mode.TRAINING ? factors(attention, 1) : ones(2 * 2 * 4 * 4);
    if (mode == Mode.TRAINING) {
      double kept = 1 / (1 - rate);
      for (double factor : factors) {
        assertThat(factor == 0 || Math.abs(factor - kept) < 1e-5).isTrue();
      }
      assertThat(Arrays.stream(factors).filter(factor -> factor == 0).count()).isBetween(13L, 39L);
      assertThat(factors(attention, 1)).isEqualTo(factors);
      assertThat(factors(attention, 2)).isNotEqualTo(factors);
    }
    try (LayerProgram program = program(attention, mode, ALL, shape, shape, shape)) {
      program.requireEquals(
          (v, x) -> PlainAttention.forward(x.get(0), x.get(1), x.get(2), ALL, 4, 2, false, factors),
          5e-5);
    }
  }

  @Test
  void descriptions_areOfWiring() {
    Attention across = new Attention("a", 2, Reach.ALL);
    List<Shape> inputs = List.of(Shape.of(3, 6), Shape.of(4, 6), Shape.of(4, 10));

    assertThat(across.output(inputs)).isEqualTo(Shape.of(3, 10));
    assertThat(across.layer(inputs).role()).isEqualTo(Layer.Role.WIRING);
    assertThat(across.layer(inputs).parameters()).isZero();
    assertThat(across.kernel(inputs)).isEmpty();
    assertThat(across.wiring(0, inputs))
        .isEqualTo(Optional.of(new Wiring.Attention(2, Reach.SELF)));
    assertThat(across.wiring(1, inputs)).isEqualTo(Optional.of(new Wiring.Attention(2, Reach.ALL)));
    assertThat(new Attention("a", 2, Reach.CAUSAL).wiring(2, inputs))
        .isEqualTo(Optional.of(new Wiring.Attention(2, Reach.CAUSAL)));
  }

  @Test
  void attention_doesNotSuit_isRefusedByItsName() {
    Attention two = new Attention("a", 2, Reach.ALL);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Attention("a", 0, Reach.ALL))
        .withMessage("layer 'a': heads must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Attention("a", 1, Reach.SELF))
        .withMessage("layer 'a': reach must be ALL or CAUSAL, got SELF");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Attention("a", 1, Reach.ALL, 1))
        .withMessage("layer 'a': dropout must be in [0, 1), got 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> two.output(List.of(Shape.of(3, 6), Shape.of(3, 6), Shape.of(3, 5))))
        .withMessage("layer 'a': 2 heads must divide the width, got 5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> two.output(List.of(Shape.of(3, 6), Shape.of(3, 6))))
        .withMessageContaining("layer 'a': expected queries, keys and values, got");
    for (List<Shape> inputs :
        List.of(
            List.of(Shape.of(3, 6), Shape.of(3, 8), Shape.of(3, 6)),
            List.of(Shape.of(3, 6), Shape.of(4, 6), Shape.of(3, 6)))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> two.output(inputs))
          .withMessageContaining("that suit each other");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Attention("a", 2, Reach.CAUSAL)
                    .output(List.of(Shape.of(3, 6), Shape.of(4, 6), Shape.of(4, 6))))
        .withMessageContaining("that suit each other");
  }

  /* Each head's values are a row of the identity, so that its contexts are its weights: 1/4. */
  private static double[] factors(Attention attention, long step) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      float[] identity = new float[2 * 4 * 8];
      for (int i = 0; i < 2 * 4; i++) {
        identity[i * 8 + i % 4] = 1;
        identity[i * 8 + 4 + i % 4] = 1;
      }
      Value zeros = Value.of(run.constant(Shape.of(2, 4, 6), new float[2 * 4 * 6]));
      Value values = Value.of(run.constant(Shape.of(2, 4, 8), identity));
      Pass pass = Pass.training(tf, 1, tf.constant(step)).within(NAME);
      double[] contexts = // [batch, queries, heads, keys]
          doubles(run.floats(attention.call(pass, List.of(zeros, zeros, values)).floats()));
      double[] factors = new double[contexts.length]; // [batch, heads, queries, keys]
      for (int i = 0; i < contexts.length; i++) {
        int b = i / 32;
        int query = i / 8 % 4;
        int head = i / 4 % 2;
        factors[((b * 2 + head) * 4 + query) * 4 + i % 4] = 4 * contexts[i];
      }
      return factors;
    }
  }

  private static double[] ones(int count) {
    double[] ones = new double[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static LayerProgram program(
      Attention attention, Mode mode, boolean[][] real, Shape... shapes) {
    List<boolean[][]> masks = new ArrayList<>();
    masks.add(null);
    masks.add(real == ALL ? null : real);
    masks.add(real == ALL ? null : real);
    return new LayerProgram(attention, 2, mode, masks, shapes);
  }

  private static void requireEquals(Attention attention, boolean[][] real, Shape... shapes) {
    for (Mode mode : Mode.values()) {
      try (LayerProgram program = program(attention, mode, real, shapes)) {
        program.requireEquals(
            (v, x) ->
                PlainAttention.forward(
                    x.get(0),
                    x.get(1),
                    x.get(2),
                    real,
                    (int) shapes[0].get(0),
                    attention.heads(),
                    attention.reach() == Reach.CAUSAL),
            5e-5);
      }
    }
  }
}
