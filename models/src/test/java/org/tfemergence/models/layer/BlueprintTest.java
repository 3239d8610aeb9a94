package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.layer.Blueprint.Node;
import org.tfemergence.models.variable.Variables;

final class BlueprintTest {
  private static final InputSpec INPUT = new InputSpec("input", TFloat32.class, Shape.of(3));

  @Test
  void add_nodeOfAnotherPlan_isRefused() {
    Blueprint.Builder one = Blueprint.builder();
    Blueprint.Builder other = Blueprint.builder();
    Node mine = one.add(dense("a"), one.input(INPUT));
    Node foreign = other.add(dense("a"), other.input(INPUT));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> one.add(dense("b"), foreign))
        .withMessage("layer 'b' must be fed by nodes of this plan");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> one.add(new Add("c"), mine, foreign))
        .withMessage("layer 'c' must be fed by nodes of this plan");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> one.build(foreign))
        .withMessage("the output must be fed by nodes of this plan");
  }

  @Test
  void add_nodeTwice_isRefused_fromAnyDepth() {
    Blueprint.Builder plan = Blueprint.builder();
    Node x = plan.add(dense("a"), plan.input(INPUT));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan.add(new Add("b"), x, x.atDepth(3)))
        .withMessage("layer 'b' must be fed by at least one node, each once");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"fc 1", "Größe", "_a", "-a", "a/_b", "a//b", "/a", "a/", " ", "", "a\n", "é", "١"})
  void names_thatTensorFlowDoesNotTake_areRefused(String name) {
    Blueprint.Builder plan = Blueprint.builder();
    Node x = plan.input(INPUT);
    LayerSpec own = new Named(name);
    for (ThrowingCallable layer :
        List.<ThrowingCallable>of(
            () -> dense(name), () -> new Flatten(name), () -> plan.add(own, x))) {
      assertThatIllegalArgumentException()
          .isThrownBy(layer)
          .withMessage(
              "layer name must begin with a letter from a to z, a digit or a dot, followed by those,"
                  + " hyphens and underscores, in each of its parts between slashes, got '"
                  + name
                  + "'");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new InputSpec(name, TFloat32.class, Shape.of(3)))
        .withMessageStartingWith(
            "input name must begin with a letter from a to z, a digit or a dot")
        .withMessageEndingWith("got '" + name + "'");
  }

  /** A layer of somebody else's, who looks at no name. */
  private record Named(String name) implements WiringLayer {
    @Override
    public Shape output(List<Shape> inputs) {
      return inputs.get(0);
    }

    @Override
    public Optional<Wiring> wiring(int input, List<Shape> inputs) {
      return Optional.of(new Wiring.OneToOne(0));
    }

    @Override
    public Value call(Pass pass, List<Value> inputs) {
      return inputs.get(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "A.b-c_d", "0", ".", "encoder_1/self.attention/x-1"})
  void names_thatTensorFlowTakes_areTaken(String name) {
    Blueprint.Builder plan = Blueprint.builder();
    Node x = plan.input(new InputSpec(name.replace('/', '.'), TFloat32.class, Shape.of(3)));
    Blueprint blueprint = plan.build(plan.add(dense("x/" + name), x));
    try (GraphRun run = new GraphRun()) {
      Model.Built built = blueprint.build(Variables.initialized(run.tf()), Kaiming.normal(1));
      Operand<TFloat32> input =
          run.tf()
              .withName(blueprint.inputs().get(0).name())
              .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 3)));
      Model.Head head = built.call(Pass.inference(run.tf()), List.of(Value.of(input)));
      assertThat(head.logits().asOutput().shape().get(1)).isEqualTo(3);
    }
  }

  @Test
  void layers_ofMoreThanAnArrayHolds_areRefusedByName() {
    Blueprint.Builder plan = Blueprint.builder();
    Node x = plan.input(new InputSpec("x", TFloat32.class, Shape.of(1_000_000)));
    Node map =
        plan.input(new InputSpec("map", TFloat32.class, Shape.of(1 << 10, 1 << 10, 1 << 10)));
    Node ids = plan.input(InputSpec.ids("ids", Integer.MAX_VALUE, 5));
    Node few = plan.input(InputSpec.ids("few", 1 << 20, 5));

    assertTooLarge("first/kernel", () -> plan.add(wide("first", 1_000_000), x));
    assertTooLarge("all", () -> plan.add(Conv2d.of("all", 1 << 11, 1, Activation.RELU), map));
    assertTooLarge(
        "deep/kernel",
        () ->
            plan.add(
                Conv2d.of("deep", 1 << 10, 1 << 11, Activation.RELU).withStride(1 << 10), map));
    assertTooLarge("padded", () -> plan.add(new PadChannels("padded", Integer.MAX_VALUE), map));
    assertTooLarge("words/table", () -> new Embedding("words", Integer.MAX_VALUE, 2));
    assertTooLarge("seen", () -> plan.add(new Embedding("seen", 5, 2), ids));
    Node row = plan.add(new Embedding("row", 5, 1 << 9), few);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan.add(new Positions("waves", 2), row))
        .withMessage("layer 'waves': expected less than 2^29 values, got [1048576, 512]");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new TokenLogits("tied", Integer.MAX_VALUE, Optional.of("row"))
                    .output(List.of(Shape.of(3, 4))))
        .withMessage("layer 'tied': expected less than 2^29 values, got [2147483647]");
    assertTooLarge(
        "own/kernel",
        () ->
            new TokenLogits("own", Integer.MAX_VALUE, Optional.empty())
                .output(List.of(Shape.of(3, 4))));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new DepthwiseConv2d(
                        "depthwise",
                        1 << 30,
                        Sliding.square(1, 1, Padding.SAME),
                        Bias.NONE,
                        Optional.empty(),
                        Activation.RELU)
                    .output(List.of(Shape.of(1, 1, 3))))
        .withMessageContainingAll("layer 'depthwise'", "less than 2^31 filters", "got 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new InputSpec("z", TFloat32.class, Shape.of(1L << 32, 1L << 32)))
        .withMessage(
            "input 'z': an example must have less than 2^31 values, got [4294967296, 4294967296]");
  }

  private static Dense wide(String name, int units) {
    return new Dense(name, units, Activation.LINEAR);
  }

  private static void assertTooLarge(String what, ThrowingCallable layer) {
    assertThatIllegalArgumentException()
        .isThrownBy(layer)
        .withMessageStartingWith("layer '" + what + "': expected less than 2^31 values, got [");
  }

  /** As in a notebook, where the corrected cell is run again. */
  @Test
  void add_afterRefusal_nameIsFree() {
    Blueprint.Builder plan = Blueprint.builder();
    assertThatIllegalArgumentException().isThrownBy(() -> plan.input(INPUT, -1));
    Node x = plan.input(INPUT);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan.add(new Dense("a", 4, Activation.LINEAR)));
    assertThatIllegalArgumentException().isThrownBy(() -> plan.add(new Add("a"), x));
    Node y = plan.add(dense("a"), x);

    assertThat(plan.build(y).layers()).hasSize(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan.add(dense("a"), y))
        .withMessage("two layers or inputs are named 'a'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan.add(dense("input"), y))
        .withMessage("two layers or inputs are named 'input'");
  }

  /** An optimizer would ask for gradients that there are not. */
  @Test
  void build_layersThatLeadNowhere_areNamed() {
    Blueprint.Builder plan = Blueprint.builder();
    Node x = plan.add(dense("a"), plan.input(INPUT));
    Node idle = plan.add(dense("idle"), x);
    plan.add(new Flatten("more"), idle);
    plan.input(new InputSpec("late", TFloat32.class, Shape.of(3)));
    Node output = plan.add(dense("logits"), x);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan.build(output))
        .withMessage("nothing leads to the output from [idle, late, more]");
  }

  @Test
  void input_behindLayers_isAsGood() {
    Blueprint.Builder plan = Blueprint.builder();
    Node x = plan.add(dense("a"), plan.input(INPUT));
    Node late = plan.input(new InputSpec("late", TFloat32.class, Shape.of(3)));
    Blueprint blueprint = plan.build(plan.add(new Add("sum"), x, late));

    assertThat(blueprint.inputs()).extracting(InputSpec::name).containsExactly("input", "late");
  }

  /** On a CPU a run would fail by such an id, on a GPU it would be read as zeros. */
  @Test
  void add_idsThatALayerDoesNotKnow_areRefusedByNameAndValue() {
    Blueprint.Builder plan = Blueprint.builder();
    Embedding table = new Embedding("e", 11, 4);
    Node known = plan.input(InputSpec.ids("known", 5, 11));
    Node fewer = plan.input(InputSpec.ids("fewer", 5, 3));
    Node more = plan.input(InputSpec.ids("more", 5, 12));
    Node unlimited = plan.input(new InputSpec("unlimited", TInt32.class, Shape.of(5)));
    Node floats = plan.input(new InputSpec("floats", TFloat32.class, Shape.of(5)));
    Node layer = plan.add(dense("layer"), floats);

    assertThat(plan.add(table, known).shape()).isEqualTo(Shape.of(5, 4));
    assertThat(plan.add(new WithGain(new Embedding("f", 11, 4), 2), fewer).depth()).isZero();
    requireRefused(
        plan,
        new Embedding("a", 11, 4),
        more,
        "input 'more' must be of ids with a limit of at most 11, got 12");
    requireRefused(
        plan,
        new WithGain(new Embedding("b", 11, 4), 2),
        more,
        "input 'more' must be of ids with a limit of at most 11, got 12");
    requireRefused(
        plan,
        new Embedding("c", 11, 4),
        unlimited,
        "input 'unlimited' must be of ids with a limit of at most 11, got TInt32 without");
    requireRefused(
        plan,
        new Embedding("d", 11, 4),
        floats,
        "input 'floats' must be of ids with a limit of at most 11, got TFloat32 without");
    requireRefused(
        plan, new Embedding("g", 11, 4), layer, "ids must come from an input, got layer 'layer'");
    requireRefused(plan, dense("h"), known, "input 'known' must be of float32, got TInt32");
  }

  /* A sequence that knows no padding: positions that a batch lacks are no units all the same. */
  @Test
  void call_fewerPositionsThanTheLayer_areRealAndTheRestIsPadding() {
    Blueprint.Builder plan = Blueprint.builder();
    Node x = plan.input(new InputSpec("x", TFloat32.class, Shape.of(5, 3)));
    Blueprint blueprint = plan.build(plan.add(dense("a"), x));
    try (GraphRun run = new GraphRun()) {
      Model.Built built = blueprint.build(Variables.initialized(run.tf()), Kaiming.normal(1));
      for (int positions : new int[] {3, 5}) {
        Tap tap =
            built
                .call(
                    Pass.inference(run.tf().withSubScope("call_" + positions)),
                    List.of(Value.of(run.tf().constant(new float[2][positions][3]))))
                .taps()
                .get(0);
        assertThat(tap.unitShape().get(0)).isEqualTo(5);
        assertThat(tap.mask().isPresent()).isEqualTo(positions == 3);
        tap.mask()
            .ifPresent(
                mask ->
                    assertThat(run.floats(run.tf().dtypes.cast(mask, TFloat32.class)))
                        .containsExactly(1, 1, 1, 0, 0, 1, 1, 1, 0, 0));
      }
    }
  }

  private static void requireRefused(
      Blueprint.Builder plan, LayerSpec layer, Node from, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan.add(layer, from))
        .withMessage("layer '" + layer.name() + "': " + why);
  }

  @Test
  void call_valuesOfAnotherShapeOrType_areRefusedByNameAndValue() {
    Blueprint.Builder plan = Blueprint.builder();
    Node vectors = plan.input(new InputSpec("vectors", TFloat32.class, Shape.of(5, 3)));
    Node ids = plan.input(InputSpec.ids("ids", 5, 7));
    Node image = plan.input(new InputSpec("image", TFloat32.class, Shape.of(1, 2, 4)));
    Node embedded = plan.add(new Embedding("e", 7, 3), ids);
    Node sum = plan.add(new Add("sum"), vectors, plan.add(new Unpadded("whole"), embedded));
    Node pooled = plan.add(new Flatten("flat"), image);
    Node merged = plan.add(new Concat("logits"), plan.add(new Flatten("flat_sum"), sum), pooled);
    Blueprint blueprint = plan.build(merged);
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Model.Built built = blueprint.build(Variables.initialized(tf), Kaiming.normal(1));
      Value goodVectors = Value.of(tf.zeros(tf.constant(new int[] {2, 5, 3}), TFloat32.class));
      Value goodIds = Value.of(tf.constant(new int[2][5]));
      Value goodImage = Value.of(tf.zeros(tf.constant(new int[] {2, 1, 2, 4}), TFloat32.class));

      assertThat(
              run.floats(
                  built
                      .call(Pass.inference(tf), List.of(goodVectors, goodIds, goodImage))
                      .logits()))
          .hasSize(2 * (15 + 8));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> built.call(Pass.inference(tf), List.of(goodVectors, goodIds)))
          .withMessage("the model takes 3 inputs, got 2");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> built.call(Pass.inference(tf), List.of(goodVectors, goodVectors, goodImage)))
          .withMessage("input 'ids' must be TInt32 [batch, up to 5], got TFloat32 [2, 5, 3]");
      Value longer = Value.of(tf.constant(new int[2][6]));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> built.call(Pass.inference(tf), List.of(goodVectors, longer, goodImage)))
          .withMessage("input 'ids' must be TInt32 [batch, up to 5], got TInt32 [2, 6]");
      Value narrow = Value.of(tf.zeros(tf.constant(new int[] {2, 1, 2, 3}), TFloat32.class));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> built.call(Pass.inference(tf), List.of(goodVectors, goodIds, narrow)))
          .withMessage(
              "input 'image' must be TFloat32 [batch, 1, 2, 4], got TFloat32 [2, 1, 2, 3]");
    }
  }

  /** Sequences whose padding is taken for real. */
  private record Unpadded(String name) implements WiringLayer {
    @Override
    public Shape output(List<Shape> inputs) {
      return inputs.get(0);
    }

    @Override
    public Optional<Wiring> wiring(int input, List<Shape> inputs) {
      return Optional.of(new Wiring.OneToOne(0));
    }

    @Override
    public Value call(Pass pass, List<Value> inputs) {
      return Value.of(inputs.get(0).tensor());
    }
  }

  /** As what is normalized has a variance: of one position that takes two examples. */
  @Test
  void leastBatch_isTwoWhereOnePositionIsNormalized() {
    Dense dense = dense("x").withNormalization(BatchNorm.KERAS);
    Conv2d conv = Conv2d.of("x", 3, 2, Activation.RELU).withPadding(Padding.VALID);
    Conv2d normalized = conv.withNormalization(BatchNorm.KERAS);
    DepthwiseConv2d depthwise =
        new DepthwiseConv2d(
            "x", 1, conv.window(), Bias.NONE, Optional.of(BatchNorm.KERAS), Activation.RELU);
    BatchNormLayer layer = new BatchNormLayer("x", BatchNorm.KERAS, Activation.LINEAR);

    assertThat(leastBatch(dense("x"), 3)).isEqualTo(1);
    assertThat(leastBatch(dense, 3)).isEqualTo(2);
    assertThat(leastBatch(new WithGain(dense, 2), 3)).isEqualTo(2);
    assertThat(leastBatch(dense, 4, 3)).isEqualTo(1);
    assertThat(leastBatch(conv, 2, 2, 3)).isEqualTo(1);
    assertThat(leastBatch(normalized, 2, 2, 3)).isEqualTo(2);
    assertThat(leastBatch(normalized, 3, 2, 3)).isEqualTo(1);
    assertThat(leastBatch(depthwise, 2, 2, 3)).isEqualTo(2);
    assertThat(leastBatch(layer, 3)).isEqualTo(2);
    assertThat(leastBatch(layer, 1, 1, 3)).isEqualTo(2);
    assertThat(leastBatch(layer, 2, 1, 3)).isEqualTo(1);
  }

  private static int leastBatch(LayerSpec layer, long... shape) {
    Blueprint.Builder plan = Blueprint.builder();
    Node input = plan.input(new InputSpec("input", TFloat32.class, Shape.of(shape)));
    return plan.build(plan.add(dense("y"), plan.add(layer, input))).leastBatch();
  }

  private static Dense dense(String name) {
    return new Dense(name, 3, Activation.LINEAR);
  }
}
