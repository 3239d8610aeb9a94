package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.MoreCollectors;
import com.google.common.collect.Streams;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.models.testing.LayerProgram;
import org.tfemergence.models.testing.LayerProgram.Reference;
import org.tfemergence.models.testing.PlainDense;
import org.tfemergence.models.testing.PlainMaps;
import org.tfemergence.models.testing.PlainMaps.Grid;
import org.tfemergence.models.testing.PlainMaps.Maps;

/** Layers without variables. */
final class WiringLayersTest {
  private static final String NAME = "block/layer";
  private static final Shape MAP = Shape.of(5, 4, 3);

  static List<Arguments> pools() {
    return List.of(
        // The fifth row fills no window.
        Arguments.of(Sliding.square(2, 2, Padding.VALID), new Grid(2, 2, 2, 2, 0, 0, 2, 2)),
        Arguments.of(Sliding.square(2, 2, Padding.SAME), new Grid(2, 2, 2, 2, 0, 0, 3, 2)),
        Arguments.of(Sliding.square(3, 2, Padding.SAME), new Grid(3, 3, 2, 2, 1, 0, 3, 2)),
        Arguments.of(Sliding.square(3, 1, Padding.VALID), new Grid(3, 3, 1, 1, 0, 0, 3, 2)),
        Arguments.of(new Sliding(2, 3, 1, 2, Padding.SAME), new Grid(2, 3, 1, 2, 0, 0, 5, 2)),
        // Longer than the map.
        Arguments.of(new Sliding(3, 7, 1, 1, Padding.SAME), new Grid(3, 7, 1, 1, 1, 3, 5, 4)),
        Arguments.of(new Sliding(9, 2, 2, 1, Padding.SAME), new Grid(9, 2, 2, 1, 4, 0, 3, 4)),
        Arguments.of(Sliding.square(11, 3, Padding.SAME), new Grid(11, 11, 3, 3, 4, 5, 2, 2)));
  }

  @ParameterizedTest
  @MethodSource("pools")
  void pool_max_takesTheGreatest(Sliding window, Grid grid) {
    check(new Pool(NAME, Pooling.MAX, window), (v, in) -> PlainMaps.greatest(map(in), grid), MAP);
  }

  @ParameterizedTest
  @MethodSource("pools")
  void pool_average_takesTheMeanInsideTheMap(Sliding window, Grid grid) {
    check(new Pool(NAME, Pooling.AVERAGE, window), (v, in) -> PlainMaps.means(map(in), grid), MAP);
  }

  /** Windows of 3, 4, 4 and 3 columns inside: the first column is in the first three of them. */
  @Test
  void pool_averageLongerThanTheMap_hasTheGradientOfItsMeans() {
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> x =
          run.tf().placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, 1, 4, 1)));
      Pool pool = new Pool("p", Pooling.AVERAGE, new Sliding(1, 5, 1, 1, Padding.SAME));
      Operand<TFloat32> means = pool.call(Pass.inference(run.tf()), List.of(Value.of(x))).floats();
      Output<?>[] gradients =
          run.graph().addGradients(means.asOutput(), new Output<?>[] {x.asOutput()});
      try (TFloat32 map = GraphRun.tensor(Shape.of(1, 1, 4, 1), 1, 2, 3, 6);
          Result result =
              run.session().runner().feed(x, map).fetch(means).fetch(gradients[0]).run()) {
        assertThat(GraphRun.floats((TFloat32) result.get(0)))
            .containsExactly(new float[] {2, 3, 3, 11f / 3}, within(1e-6f));
        assertThat(GraphRun.floats((TFloat32) result.get(1)))
            .containsExactly(new float[] {5f / 6, 7f / 6, 7f / 6, 5f / 6}, within(1e-6f));
      }
      // Whatever the processor: no window that is longer than the map it lies on.
      GraphOperation computed =
          Streams.stream(run.graph().operations())
              .filter(operation -> operation.type().equals("AvgPool"))
              .collect(MoreCollectors.onlyElement());
      assertThat(computed.attributes().getAttrIntList("ksize")).containsExactly(1L, 1L, 5L, 1L);
      assertThat(computed.input(0).shape().get(2)).isEqualTo(8);
    }
  }

  /** How long sequences are is not known before a run, nor how much of them is padding. */
  @Test
  void flatten_ofSequences_isRefusedByName() {
    Flatten flatten = new Flatten("f");
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> varying =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, 3)));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> flatten.call(Pass.inference(tf), List.of(Value.of(varying))))
          .withMessageContaining("layer 'f': cannot flatten sequences of varying length, got");
      Operand<TFloat32> fixed =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2, 3)));
      Value padded = new Value(fixed, Optional.of(tf.constant(new boolean[][] {{true, false}})));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> flatten.call(Pass.inference(tf), List.of(padded)))
          .withMessageContaining("layer 'f': cannot flatten sequences of varying length, got");
      assertThat(
              flatten
                  .call(Pass.inference(tf), List.of(Value.of(fixed)))
                  .floats()
                  .asOutput()
                  .shape()
                  .asArray())
          .containsExactly(-1, 6);
    }
  }

  /** All values are below zero somewhere: padding must not win. */
  @Test
  void pool_maxExplicitlyPadded_neverTakesThePadding() {
    Grid grid = new Grid(3, 3, 2, 2, 1, 1, 3, 2);
    check(
        new Pool(NAME, Pooling.MAX, Sliding.square(3, 2, Padding.around(1))),
        (v, in) -> PlainMaps.greatest(map(in), grid),
        MAP);
  }

  @ParameterizedTest
  @EnumSource
  void globalPool_isOneWindow(Pooling pooling) {
    Grid grid = new Grid(5, 4, 1, 1, 0, 0, 1, 1);
    GlobalPool layer = new GlobalPool(NAME, pooling);
    check(
        layer,
        (v, in) ->
            pooling == Pooling.MAX
                ? PlainMaps.greatest(map(in), grid)
                : PlainMaps.means(map(in), grid),
        MAP);
    assertThat(layer.output(List.of(MAP))).isEqualTo(Shape.of(1, 1, 3));
    assertThat(layer.wiring(0, List.of(MAP))).contains(new Wiring.Pooling(Window.all(5, 4)));
  }

  @Test
  void flatten_keepsTheOrder() {
    check(new Flatten(NAME), (v, in) -> in.get(0), MAP);
    assertThat(new Flatten(NAME).output(List.of(MAP))).isEqualTo(Shape.of(60));
  }

  @Test
  void add_sums() {
    check(
        new Add(NAME),
        (v, in) -> {
          double[] sum = in.get(0).clone();
          for (int i = 0; i < sum.length; i++) {
            sum[i] += in.get(1)[i] + in.get(2)[i];
          }
          return sum;
        },
        MAP,
        MAP,
        MAP);
  }

  @Test
  void concat_laysChannelsSideBySide() {
    Shape other = Shape.of(5, 4, 2);
    check(
        new Concat(NAME),
        (v, in) -> {
          double[] both = new double[2 * 5 * 4 * 5];
          for (int i = 0; i < both.length; i++) {
            int position = i / 5;
            int channel = i % 5;
            both[i] =
                channel < 3
                    ? in.get(0)[position * 3 + channel]
                    : in.get(1)[position * 2 + channel - 3];
          }
          return both;
        },
        MAP,
        other);
    assertThat(new Concat(NAME).output(List.of(MAP, other))).isEqualTo(Shape.of(5, 4, 5));
    assertThat(new Concat(NAME).wiring(1, List.of(MAP, other))).contains(new Wiring.OneToOne(3));
  }

  /** Whichever input comes first. */
  @Test
  void addAndConcat_ofPaddedSequences_areRealWhereAllAre() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = tf.zeros(tf.constant(new int[] {1, 4, 3}), TFloat32.class);
      Value whole = Value.of(x);
      Value one =
          new Value(x, Optional.of(tf.constant(new boolean[][] {{true, true, false, false}})));
      Value other =
          new Value(x, Optional.of(tf.constant(new boolean[][] {{true, false, true, false}})));
      for (WiringLayer layer : List.of(new Add(NAME), new Concat(NAME))) {
        assertThat(real(run, layer, whole, one)).containsExactly(1, 1, 0, 0);
        assertThat(real(run, layer, one, whole)).containsExactly(1, 1, 0, 0);
        assertThat(real(run, layer, one, one)).containsExactly(1, 1, 0, 0);
        assertThat(real(run, layer, whole, one, other)).containsExactly(1, 0, 0, 0);
        assertThat(layer.call(Pass.inference(tf), List.of(whole, whole)).real()).isEmpty();
      }
    }
  }

  private static float[] real(GraphRun run, WiringLayer layer, Value... inputs) {
    Ops tf = run.tf();
    Value output = layer.call(Pass.inference(tf), List.of(inputs));
    return run.floats(tf.dtypes.cast(output.real().orElseThrow(), TFloat32.class));
  }

  @Test
  void padChannels_putsZerosBehind() {
    check(
        new PadChannels(NAME, 5),
        (v, in) -> {
          double[] wider = new double[2 * 5 * 4 * 5];
          for (int i = 0; i < wider.length; i++) {
            wider[i] = i % 5 < 3 ? in.get(0)[i / 5 * 3 + i % 5] : 0;
          }
          return wider;
        },
        MAP);
  }

  @ParameterizedTest
  @EnumSource
  void activate_appliesTheFunction(Activation activation) {
    check(
        new Activate(NAME, activation),
        (v, in) -> Arrays.stream(in.get(0)).map(x -> PlainDense.activate(x, activation)).toArray(),
        MAP);
  }

  @Test
  void layers_areWiring() {
    for (LayerSpec layer :
        List.of(
            Pool.max("a", 2),
            Pool.average("a", 2),
            new GlobalPool("a", Pooling.MAX),
            new Flatten("a"),
            new PadChannels("a", 3),
            new Activate("a", Activation.RELU))) {
      assertThat(layer.layer(List.of(MAP)).role()).isEqualTo(Layer.Role.WIRING);
      assertThat(layer.layer(List.of(MAP)).parameters()).isZero();
      assertThat(layer.kernel(List.of(MAP))).isEmpty();
    }
    assertThat(Pool.max("a", 2).wiring(0, List.of(MAP)))
        .contains(new Wiring.Pooling(Window.valid(2, 2)));
    assertThat(new Add("a").wiring(1, List.of(MAP, MAP))).contains(new Wiring.OneToOne(0));
  }

  @Test
  void layers_badInputs_areRefusedByNameAndValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Add("sum").output(List.of(MAP, Shape.of(5, 4, 2))))
        .withMessage(
            "layer 'sum': expected at least two inputs of one shape, got [[5, 4, 3], [5, 4, 2]]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Add("sum").output(List.of(MAP)))
        .withMessage("layer 'sum': expected at least two inputs of one shape, got [[5, 4, 3]]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Concat("both").output(List.of(MAP, Shape.of(5, 3, 3))))
        .withMessage(
            "layer 'both': expected at least two inputs that differ in the last dimension only,"
                + " got [[5, 4, 3], [5, 3, 3]]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Pool.max("pool", 5).output(List.of(MAP)))
        .withMessage(
            "layer 'pool': the window of 5 x 5 must fit into the padded map, got [5, 4, 3]");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new Pool("pool", Pooling.AVERAGE, Sliding.square(3, 1, Padding.around(1))))
        .withMessageStartingWith("layer 'pool': padding of a mean must be SAME or VALID, got ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PadChannels("pad", 2).output(List.of(MAP)))
        .withMessage("layer 'pad': expected at most 2 channels, got 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Flatten(" "))
        .withMessageStartingWith(
            "layer name must begin with a letter from a to z, a digit or a dot")
        .withMessageEndingWith("got ' '");
  }

  private static Maps map(List<double[]> inputs) {
    return new Maps(2, 5, 4, 3, inputs.get(0));
  }

  private static void check(LayerSpec layer, Reference reference, Shape... shapes) {
    LayerProgram.requireEquals(layer, 2, reference, shapes);
  }
}
