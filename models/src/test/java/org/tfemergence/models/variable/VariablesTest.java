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
      Variable a = variables.trainable("net/a", SHAPE, tf -> Variables.filled(tf, SHAPE, 1.5f));
      Variable b = variables.trainable("net/b", SHAPE, tf -> Variables.filled(tf, SHAPE, -2));

      assertThat(run.floats(a.read(run.tf()))).hasSize(6).containsOnly(1.5f);
      assertThat(run.floats(b.read(run.tf()))).hasSize(6).containsOnly(-2);
    }
  }

  @Test
  void state_getsItsValueAndIsNotTrainable() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Variable slot = variables.state("slot", Shape.scalar(), 0.25f);

      assertThat(run.floats(slot.read(run.tf()))).containsExactly(0.25f);
      assertThat(slot.trainable()).isFalse();
    }
  }

  @Test
  void all_keepsOrder_andTrainableLeavesStateOut() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Variable z = variables.trainable("z", SHAPE, tf -> Variables.filled(tf, SHAPE, 0));
      Variable m = variables.state("m", SHAPE, 0);
      Variable a = variables.trainable("a", SHAPE, tf -> Variables.filled(tf, SHAPE, 0));

      assertThat(variables.all()).containsExactly(z, m, a);
      assertThat(variables.trainable()).containsExactly(z, a);
    }
  }

  @Test
  void weight_ofVariable_hasItsNameAndShape() {
    try (GraphRun run = new GraphRun()) {
      Variable variable = Variables.initialized(run.tf()).state("some/deep/name", SHAPE, 0);

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
      Variable first = variables.state("a/kernel", SHAPE, 0);
      int operations = operations(run).size();

      assertThatIllegalArgumentException()
          .isThrownBy(() -> variables.state("a/kernel", Shape.of(7), 0))
          .withMessage("there is a variable 'a/kernel' already");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> variables.trainable("a/kernel", SHAPE, tf -> Variables.filled(tf, SHAPE, 1)))
          .withMessage("there is a variable 'a/kernel' already");
      assertThat(variables.all()).containsExactly(first);
      assertThat(operations(run)).hasSize(operations);
    }
  }

  @Test
  void add_namesEqualButForSeparators_areTwoVariables() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Variable slash = variables.state("a/b", Shape.scalar(), 1);
      Variable dot = variables.state("a.b", Shape.scalar(), 2);

      assertThat(run.floats(slash.read(run.tf()))).containsExactly(1);
      assertThat(run.floats(dot.read(run.tf()))).containsExactly(2);
    }
  }

  @Test
  void forRestore_addsHandlesOnly() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.forRestore(run.tf());
      variables.trainable("a", SHAPE, tf -> Variables.filled(tf, SHAPE, 0));
      variables.state("b", SHAPE, 0);

      assertThat(operations(run)).containsExactly("VarHandleOp", "VarHandleOp");
    }
  }

  private static List<String> operations(GraphRun run) {
    List<String> types = new ArrayList<>();
    run.graph().operations().forEachRemaining(operation -> types.add(operation.type()));
    return types;
  }
}
