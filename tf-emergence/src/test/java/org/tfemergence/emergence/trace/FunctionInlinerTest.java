package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.TextFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
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

  /* TensorFlow dies while it imports the first two, and takes ages for the last. */
  @Test
  void graph_functionsWithoutEnd_areRefusedBeforeTheyAreImported() throws Exception {
    assertRefused(calling(List.of("f f")), "function 'f' calls itself");
    assertRefused(calling(List.of("f g", "g f")), "function 'f' calls itself, by way of [f, g]");
    List<String> deep = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      deep.add("f" + (i == 0 ? "" : i) + " f" + (i + 1));
    }
    deep.add("f200");
    assertRefused(calling(deep), "nested more than 100 deep");
    assertRefused(calling(doubling(40)), "comes to more than");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ForeignGraphs.graph(calling(doubling(15))))
        .withMessageContaining("function 'f' comes to more than 100000 nodes");
    try (Graph graph = ForeignGraphs.graph(calling(List.of("f g g", "g")))) {
      assertThat(graph.operation("call")).isNotNull();
    }
  }

  @Test
  void savedModel_functionThatCallsItself_isRefusedBeforeItIsLoaded(@TempDir Path folder)
      throws Exception {
    MetaGraphDef part = MetaGraphDef.newBuilder().setGraphDef(calling(List.of("f f"))).build();
    Files.write(
        folder.resolve("saved_model.pb"),
        SavedModel.newBuilder().addMetaGraphs(part).build().toByteArray());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ForeignGraphs.savedModel(folder, "serve"))
        .withMessageContaining("function 'f' calls itself");
  }

  /* 32,767 nodes are imported at once, but tracing them takes long. */
  @Test
  void inline_moreThanATraceTakes_isRefused() throws TextFormat.ParseException {
    GraphDef many = calling(doubling(13));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> FunctionInliner.inline(many))
        .withMessageContaining("function 'f' comes to more than 30000 nodes");
    ForeignGraphs.graph(many).close();
    assertThat(FunctionInliner.inline(calling(doubling(12))).graph().getNodeCount())
        .isEqualTo(4 * 4096 - 2 + 1);
  }

  /* Each calls the next twice. */
  private static List<String> doubling(int times) {
    List<String> functions = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      functions.add("f" + (i == 0 ? "" : i) + " f" + (i + 1) + " f" + (i + 1));
    }
    functions.add("f" + times);
    return functions;
  }

  private static void assertRefused(GraphDef definition, String reason) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ForeignGraphs.graph(definition))
        .withMessageContaining(reason);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FunctionInliner.inline(definition))
        .withMessageContaining(reason);
  }

  /* A call of f, with functions as "name called called...", one behind the other. */
  private static GraphDef calling(List<String> functions) throws TextFormat.ParseException {
    StringBuilder text = new StringBuilder();
    text.append("node { name: 'v' op: 'Placeholder' attr { key: 'dtype' ");
    text.append("value { type: DT_FLOAT } } } node { name: 'call' op: 'PartitionedCall' ");
    text.append(called("v", "f")).append(" } library {");
    for (String function : functions) {
      List<String> names = List.of(function.split(" ", -1));
      text.append(" function { signature { name: '").append(names.get(0));
      text.append("' input_arg { name: 'v' type: DT_FLOAT }");
      text.append(" output_arg { name: 'o' type: DT_FLOAT } }");
      String last = "v";
      for (int i = 1; i < names.size(); i++) {
        text.append(" node_def { name: 'c").append(i).append("' op: 'PartitionedCall' ");
        text.append(called(last, names.get(i))).append(" }");
        last = "c" + i + ":output:0";
      }
      text.append(" ret { key: 'o' value: '").append(last).append("' } }");
    }
    return TextFormat.parse(text.append(" } versions { producer: 1882 }"), GraphDef.class);
  }

  private static String called(String input, String function) {
    return "input: '"
        + input
        + "' attr { key: 'Tin' value { list { type: DT_FLOAT } } }"
        + " attr { key: 'Tout' value { list { type: DT_FLOAT } } }"
        + " attr { key: 'f' value { func { name: '"
        + function
        + "' } } }";
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
