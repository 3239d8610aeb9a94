package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.TextFormat;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;

final class FunctionInlinerTest {
  /* pair(a, b) = (a + b, b); twice(v) = (the sum of pair(v, v), v). */
  private static final String NESTED =
      """
      node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
      node { name: "gate" op: "NoOp" }
      node { name: "call" op: "PartitionedCall" input: "x" input: "^gate"
        attr { key: "Tin" value { list { type: DT_FLOAT } } }
        attr { key: "Tout" value { list { type: DT_FLOAT type: DT_FLOAT } } }
        attr { key: "f" value { func { name: "twice"
          attr { key: "T" value { type: DT_FLOAT } } } } } }
      node { name: "out" op: "Sub" input: "call:1" input: "call"
        attr { key: "T" value { type: DT_FLOAT } } }
      library {
        function {
          signature { name: "twice"
            input_arg { name: "v" type_attr: "T" }
            output_arg { name: "sum" type_attr: "T" } output_arg { name: "own" type_attr: "T" }
            attr { name: "T" type: "type" } control_output: "done" }
          node_def { name: "call" op: "StatefulPartitionedCall" input: "v" input: "v"
            attr { key: "Tin" value { list { type: DT_FLOAT type: DT_FLOAT } } }
            attr { key: "Tout" value { list { type: DT_FLOAT type: DT_FLOAT } } }
            attr { key: "f" value { func { name: "pair" } } } }
          node_def { name: "add" op: "AddV2" input: "call:output:0" input: "call:output:1"
            attr { key: "T" value { placeholder: "T" } } }
          node_def { name: "last" op: "NoOp" input: "^add" }
          ret { key: "sum" value: "add:z:0" } ret { key: "own" value: "v" }
          control_ret { key: "done" value: "last" } }
        function {
          signature { name: "pair"
            input_arg { name: "a" type: DT_FLOAT } input_arg { name: "b" type: DT_FLOAT }
            output_arg { name: "plus" type: DT_FLOAT } output_arg { name: "b_out" type: DT_FLOAT } }
          node_def { name: "add" op: "AddV2" input: "a" input: "b"
            attr { key: "T" value { type: DT_FLOAT } } }
          node_def { name: "both" op: "IdentityN" input: "a" input: "b"
            attr { key: "T" value { list { type: DT_FLOAT type: DT_FLOAT } } } }
          ret { key: "plus" value: "add:z:0" } ret { key: "b_out" value: "both:output:1" } }
      }
      versions { producer: 1882 }
      """;

  @Test
  void inline_nestedCalls_computesTheSame() throws TextFormat.ParseException {
    GraphDef inlined = FunctionInliner.inline(TextFormat.parse(NESTED, GraphDef.class)).graph();

    Map<String, NodeDef> nodes =
        inlined.getNodeList().stream().collect(Collectors.toMap(NodeDef::getName, n -> n));
    assertThat(nodes.values()).noneMatch(node -> node.getOp().contains("PartitionedCall"));
    assertThat(nodes.get("call").getInputList()).contains("^gate", "^last");
    assertThat(nodes.get("add").getInputList()).contains("^gate");
    // twice(5) = ((5 + 5) + 5, 5), so 5 - 15.
    assertThat(run(inlined)).containsExactly(-10f);
    assertThat(run(TextFormat.parse(NESTED, GraphDef.class))).containsExactly(-10f);
  }

  @Test
  void inline_missingOrRecursiveFunction_isNamed() throws TextFormat.ParseException {
    GraphDef missing =
        TextFormat.parse(
            NESTED.replace("func { name: \"pair\"", "func { name: \"pear\""), GraphDef.class);
    GraphDef endless =
        TextFormat.parse(
            NESTED
                .replace(
                    "func { name: \"pair\"",
                    "func { name: \"twice\" attr { key: \"T\" value { type: DT_FLOAT } }")
                .replace("input: \"v\" input: \"v\"", "input: \"v\""),
            GraphDef.class);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> FunctionInliner.inline(missing))
        .withMessageContaining("'pear'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FunctionInliner.inline(endless))
        .withMessageContaining("function 'twice' calls itself");
  }

  private static float[] run(GraphDef definition) {
    try (Graph graph = new Graph()) {
      graph.importGraphDef(definition);
      try (Session session = new Session(graph);
          TFloat32 five = TFloat32.scalarOf(5);
          Result result = session.runner().feed("x", five).fetch("out").run()) {
        return GraphRun.floats((TFloat32) result.get(0));
      }
    }
  }
}
