package org.tfemergence.models.variable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.GraphOperation;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.testing.FormatLocale;
import org.tfemergence.emergence.testing.GraphRun;

@SuppressWarnings("try") // a locale that is set is not otherwise referenced
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
  void add_moreThanAnArrayHolds_isRefused() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      for (Shape shape :
          List.of(
              Shape.of(1L << 31),
              Shape.of(1_000_000, 1_000_000),
              Shape.of(1L << 31, 1L << 31),
              Shape.of(1L << 31, 1L << 32),
              Shape.of(1L << 32, 1L << 32))) {
        int operations = run.operations();
        assertThatIllegalArgumentException()
            .isThrownBy(() -> variables.add("a", shape, Variable.Role.KERNEL, 0))
            .withMessageContainingAll("variable 'a' must have less than 2^", shape.toString());
        assertThat(run.operations()).isEqualTo(operations);
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> variables.add("a", Shape.of(-1, 2), Variable.Role.KERNEL, 0))
          .withMessage("variable 'a' must have a known shape, got [-1, 2]");
      assertThat(variables.all()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fc 1", "Größe", "_a", "-", ""})
  void add_nameThatTensorFlowDoesNotTake_isRefused(String name) {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> variables.add(name, SHAPE, Variable.Role.KERNEL, 0))
          .withMessageStartingWith("variable name must be of letters from a to z, digits")
          .withMessageEndingWith("got '" + name + "'");
    }
  }

  @Test
  void registry_inALocaleWithItsOwnDigits_isRefused() {
    try (GraphRun run = new GraphRun();
        FormatLocale locale = new FormatLocale("ar-EG")) {
      assertThatIllegalStateException()
          .isThrownBy(() -> Variables.initialized(run.tf()))
          .withMessageContainingAll("ar-EG", "Locale.setDefault(Locale.Category.FORMAT");
      assertThatIllegalStateException().isThrownBy(() -> Variables.forRestore(run.tf()));
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
