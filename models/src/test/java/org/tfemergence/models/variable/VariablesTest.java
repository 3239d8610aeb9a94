package org.tfemergence.models.variable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.GraphOperation;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.testing.GraphRun;

final class VariablesTest {
  private static final Shape SHAPE = Shape.of(2, 3);

  @Test
  void trainable_inSessionsFirstRun_getsInitialValue() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Variable a = variables.add("net/a", SHAPE, Variable.Role.KERNEL, 1.5f);
      Variable b = variables.add("net/b", SHAPE, Variable.Role.KERNEL, -2);

      assertThat(run.floats(a.read(run.tf()))).hasSize(6).containsOnly(1.5f);
      assertThat(run.floats(b.read(run.tf()))).hasSize(6).containsOnly(-2);
    }
  }

  @Test
  void state_getsItsValueAndIsNotTrainable() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Variable slot = variables.add("slot", Shape.scalar(), Variable.Role.STATE, 0.25f);

      assertThat(run.floats(slot.read(run.tf()))).containsExactly(0.25f);
      assertThat(slot.trainable()).isFalse();
    }
  }

  @Test
  void all_keepsOrder_andTrainableLeavesStateOut() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Variable z = variables.add("z", SHAPE, Variable.Role.KERNEL, 0);
      Variable m = variables.add("m", SHAPE, Variable.Role.STATE, 0);
      Variable a = variables.add("a", SHAPE, Variable.Role.KERNEL, 0);

      assertThat(variables.all()).containsExactly(z, m, a);
      assertThat(variables.trainable()).containsExactly(z, a);
    }
  }

  @Test
  void weight_ofVariable_hasItsNameAndShape() {
    try (GraphRun run = new GraphRun()) {
      Variable variable =
          Variables.initialized(run.tf()).add("some/deep/name", SHAPE, Variable.Role.STATE, 0);

      assertThat(variable.weight().name()).isEqualTo("some/deep/name");
      assertThat(variable.weight().shape()).isEqualTo(SHAPE);
      assertThat(
              ((GraphOperation) variable.handle().op()).attributes().getAttrString("shared_name"))
          .isEqualTo("some/deep/name");
    }
  }

  @Test
  void add_nameTaken_isRefusedAndChangesNothing() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Variable first = variables.add("a/kernel", SHAPE, Variable.Role.STATE, 0);
      int operations = operations(run).size();

      assertThatIllegalArgumentException()
          .isThrownBy(() -> variables.add("a/kernel", Shape.of(7), Variable.Role.STATE, 0))
          .withMessage("there is a variable 'a/kernel' already");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> variables.add("a/kernel", SHAPE, Variable.Role.KERNEL, 1))
          .withMessage("there is a variable 'a/kernel' already");
      assertThat(variables.all()).containsExactly(first);
      assertThat(operations(run)).hasSize(operations);
    }
  }

  @Test
  void add_namesEqualButForSeparators_areTwoVariables() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Variable slash = variables.add("a/b", Shape.scalar(), Variable.Role.STATE, 1);
      Variable dot = variables.add("a.b", Shape.scalar(), Variable.Role.STATE, 2);

      assertThat(run.floats(slash.read(run.tf()))).containsExactly(1);
      assertThat(run.floats(dot.read(run.tf()))).containsExactly(2);
    }
  }

  @Test
  void forRestore_addsHandlesOnly() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.forRestore(run.tf());
      variables.add("a", SHAPE, Variable.Role.KERNEL, 0);
      variables.add("b", SHAPE, Variable.Role.STATE, 0);

      assertThat(operations(run)).containsExactly("VarHandleOp", "VarHandleOp");
    }
  }

  private static List<String> operations(GraphRun run) {
    List<String> types = new ArrayList<>();
    run.graph().operations().forEachRemaining(operation -> types.add(operation.type()));
    return types;
  }
}
