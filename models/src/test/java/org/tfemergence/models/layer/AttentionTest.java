package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.models.testing.LayerRun;
import org.tfemergence.models.testing.PlainAttention;

final class AttentionTest {
  private static final boolean[][] ALL = {{true, true, true, true}, {true, true, true, true}};
  private static final boolean[][] SOME = {{true, true, true, false}, {true, true, false, false}};

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void call_everything_isPlainJavasAttention(int heads) {
    Shape shape = Shape.of(4, 6);
    requireEquals(new Attention("a", heads, Reach.ALL), ALL, shape, shape, shape);
  }

  @Test
  void call_causal_isPlainJavasAttention() {
    Shape shape = Shape.of(4, 6);
    requireEquals(new Attention("a", 2, Reach.CAUSAL), ALL, shape, shape, shape);
  }

  @Test
  void call_paddedKeys_isPlainJavasAttention() {
    Shape shape = Shape.of(4, 6);
    requireEquals(new Attention("a", 2, Reach.ALL), SOME, shape, shape, shape);
    requireEquals(new Attention("a", 2, Reach.CAUSAL), SOME, shape, shape, shape);
  }

  @Test
  void call_across_isPlainJavasAttention() {
    requireEquals(
        new Attention("a", 2, Reach.ALL), SOME, Shape.of(3, 6), Shape.of(4, 6), Shape.of(4, 10));
  }

  /** As in decoding step by step: the queries are those of the last positions. */
  @Test
  void call_causalWithFewerQueries_looksAtAllBefore() {
    requireEquals(
        new Attention("a", 2, Reach.CAUSAL), ALL, Shape.of(2, 6), Shape.of(4, 6), Shape.of(4, 6));
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

  private static void requireEquals(Attention attention, boolean[][] real, Shape... shapes) {
    List<boolean[][]> masks = new ArrayList<>();
    masks.add(null);
    masks.add(real == ALL ? null : real);
    masks.add(real == ALL ? null : real);
    try (LayerRun run = new LayerRun(attention, masks, shapes)) {
      run.requireEquals(
          x ->
              PlainAttention.forward(
                  x.get(0),
                  x.get(1),
                  x.get(2),
                  real,
                  (int) shapes[0].get(0),
                  attention.heads(),
                  attention.reach() == Reach.CAUSAL));
    }
  }
}
