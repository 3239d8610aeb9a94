package org.tfemergence.models.variable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.graph.Readout;

final class SessionVariablesTest {
  @Test
  void values_several_areThoseOfEach() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables all = Variables.initialized(tf);
      all.add("a", Shape.of(2), Variable.Role.KERNEL, 1);
      all.add("b", Shape.scalar(), Variable.Role.BIAS, 2);
      all.add("c", Shape.of(1, 2), Variable.Role.STATISTIC, 3);
      Readout<ImmutableList<String>> finite = FiniteCheck.build(tf, all.model());
      VariableSaver saver =
          VariableSaver.build(tf, all.all().stream().map(Variable::weight).toList());
      try (Session session = new Session(graph)) {
        session.initialize();
        SessionVariables variables = new SessionVariables(session, saver, all.model());

        Map<String, float[]> values = variables.values(List.of("c", "a"));

        assertThat(values.keySet()).containsExactly("c", "a");
        assertThat(values.get("c")).containsExactly(3, 3);
        assertThat(values.get("a")).containsExactly(1, 1);
        assertThat(variables.value("b")).containsExactly(2);
        assertThat(variables.values(List.of())).isEmpty();
        assertThatIllegalArgumentException()
            .isThrownBy(() -> variables.values(List.of("a", "x")))
            .withMessageContaining("'x'");

        assertThat(violations(session, finite)).isEmpty();
        variables.assign(
            Map.of(
                "a", new float[] {0, Float.NEGATIVE_INFINITY},
                "b", new float[] {Float.NaN},
                "c", new float[] {Float.MAX_VALUE, -Float.MIN_VALUE}));
        assertThat(violations(session, finite)).containsExactly("a", "b");
      }
    }
  }

  /** 64 MiB are 2^24 values. */
  @Test
  void portions_areBoundedAndInOrder() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables all = Variables.forRestore(tf);
      long[] sizes = {1L << 25, 1L << 23, 1L << 23, 1, 5};
      for (int i = 0; i < sizes.length; i++) {
        all.add("v" + i, Shape.of(sizes[i]), Variable.Role.KERNEL, 0);
      }
      VariableSaver saver =
          VariableSaver.build(tf, all.all().stream().map(Variable::weight).toList());
      try (Session session = new Session(graph)) {
        assertThat(
                new SessionVariables(session, saver, all.model())
                    .portions().stream()
                        .map(portion -> portion.stream().map(Variable::name).toList()))
            .containsExactly(List.of("v0"), List.of("v1", "v2"), List.of("v3", "v4"));
      }
    }
  }

  private static ImmutableList<String> violations(
      Session session, Readout<ImmutableList<String>> finite) {
    try (Result result = session.runner().fetch(finite).run()) {
      return finite.read(result);
    }
  }
}
