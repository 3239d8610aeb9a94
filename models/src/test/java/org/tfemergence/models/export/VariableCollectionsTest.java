package org.tfemergence.models.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.VariableDef;
import org.tensorflow.types.TFloat32;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.testing.OpenModel;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.variable.Variable;

/** What Python's loader and the converters go by: each variable, with nodes that there are. */
final class VariableCollectionsTest {
  @TempDir private Path folder;

  @Test
  void write_normalizedNetwork_listsAllAndTheTrainable() throws Exception {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(new InputSpec("input", TFloat32.class, Shape.of(6)));
    x = plan.add(new Dense("hidden", 5, Activation.RELU).withNormalization(BatchNorm.PYTORCH), x);
    Blueprint blueprint = plan.build(plan.add(new Dense("logits", 3, Activation.LINEAR), x));

    Map<String, Boolean> trainable = check(() -> blueprint);

    assertThat(trainable).containsEntry("hidden/kernel", true).containsEntry("logits/bias", true);
    assertThat(trainable.values()).filteredOn(each -> !each).hasSize(2); // mean and variance
  }

  @Test
  void write_transformer_listsAll() throws Exception {
    assertThat(check(Transformer.tiny(9, 7)).values()).containsOnly(true);
  }

  /** Returns by variable whether it is listed as trainable. */
  private Map<String, Boolean> check(Model model) throws Exception {
    Map<String, Boolean> expected = new HashMap<>();
    Map<String, Shape> shapes = new HashMap<>();
    try (OpenModel open = new OpenModel(model, Kaiming.normal(1))) {
      for (Variable variable : open.variables().model()) {
        expected.put(variable.name(), variable.role() != Variable.Role.STATISTIC);
        shapes.put(variable.name(), variable.shape());
      }
      SavedModelExport.of(model).write(open.variables(), folder.resolve("model"));
    }
    try (SavedModelBundle bundle = SavedModelBundle.load(folder.resolve("model").toString())) {
      MetaGraphDef graph = bundle.metaGraphDef();
      Map<String, NodeDef> nodes = new HashMap<>();
      graph.getGraphDef().getNodeList().forEach(node -> nodes.put(node.getName(), node));
      assertThat(graph.getGraphDef().getLibrary().getFunctionList())
          .as("a variable found by its name in a function is not one that is listed")
          .flatExtracting(function -> function.getNodeDefList())
          .extracting(NodeDef::getOp)
          .doesNotContain("VarHandleOp");
      Map<String, Boolean> found = new HashMap<>();
      List<VariableDef> all = listed(graph, "variables");
      for (VariableDef variable : all) {
        NodeDef handle = node(nodes, variable.getVariableName());
        assertThat(handle.getOp()).isEqualTo("VarHandleOp");
        String name = handle.getAttrOrThrow("shared_name").getS().toStringUtf8();
        found.put(name, variable.getTrainable());
        assertThat(variable.getIsResource()).isTrue();
        NodeDef initializer = nodes.get(variable.getInitializerName());
        assertThat(initializer.getOp()).isEqualTo("AssignVariableOp");
        assertThat(initializer.getInputList())
            .containsExactly(
                handle.getName(), node(nodes, variable.getInitialValueName()).getName());
        NodeDef snapshot = node(nodes, variable.getSnapshotName());
        assertThat(snapshot.getOp()).isEqualTo("ReadVariableOp");
        assertThat(snapshot.getInputList()).containsExactly(handle.getName());
        assertThat(
                handle.getAttrOrThrow("shape").getShape().getDimList().stream()
                    .mapToLong(dimension -> dimension.getSize())
                    .toArray())
            .isEqualTo(shapes.get(name).asArray());
      }
      assertThat(all).hasSize(expected.size());
      assertThat(found).isEqualTo(expected);
      assertThat(listed(graph, "trainable_variables"))
          .isEqualTo(all.stream().filter(VariableDef::getTrainable).toList());
      return found;
    }
  }

  private static NodeDef node(Map<String, NodeDef> nodes, String tensor) {
    assertThat(tensor).endsWith(":0");
    return nodes.get(tensor.substring(0, tensor.length() - 2));
  }

  private static List<VariableDef> listed(MetaGraphDef graph, String collection) throws Exception {
    List<VariableDef> variables = new ArrayList<>();
    for (var bytes : graph.getCollectionDefOrThrow(collection).getBytesList().getValueList()) {
      variables.add(VariableDef.parseFrom(bytes));
    }
    return variables;
  }
}
