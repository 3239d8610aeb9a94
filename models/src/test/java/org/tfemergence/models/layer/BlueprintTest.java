package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.layer.Blueprint.Node;

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

  private static Dense dense(String name) {
    return new Dense(name, 3, Activation.LINEAR);
  }
}
