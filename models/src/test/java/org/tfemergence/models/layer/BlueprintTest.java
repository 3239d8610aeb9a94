package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
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
