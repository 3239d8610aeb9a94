package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/** Puts a training pass on a further device. */
/*
 * TensorFlow gives the operations that compute gradients no device, whatever the scope, so they would
 * all run on the first one. The pass is therefore built in a graph of its own, whose description is
 * given the device and then imported. Its variables are handles by name: the same variables, which
 * stay, with the operations that read them, on the first device.
 */
final class Replica {
  private final Graph graph;
  private final String prefix;

  private Replica(Graph graph, String prefix) {
    this.graph = graph;
    this.prefix = prefix;
  }

  /**
   * Adds a pass to a graph.
   *
   * @param graph the training graph, with the model's variables
   * @param learner what the pass is of; its scheme is of no effect: the variables exist
   * @param variables the training graph's
   * @param devices the devices
   * @param number the pass's device, by its number in the list
   */
  static Tower build(
      Graph graph, Learner learner, Variables variables, List<Device> devices, int number) {
    Replica replica = new Replica(graph, "device_" + number);
    try (Graph scratch = new Graph()) {
      Variables handles = Variables.forRestore(Ops.create(scratch));
      Model.Built built = learner.model().build(handles, learner.scheme());
      Tower tower = Tower.build(scratch, learner, built, handles, Tower.Of.SUM, number).tower();
      graph.importGraphDef(
          placed(scratch.toGraphDef(), devices.get(0), devices.get(number)), replica.prefix);
      return replica.imported(tower, variables);
    }
  }

  private static GraphDef placed(GraphDef description, Device first, Device device) {
    GraphDef.Builder placed = description.toBuilder();
    for (NodeDef.Builder node : placed.getNodeBuilderList()) {
      boolean variable =
          node.getOp().equals("VarHandleOp") || node.getOp().equals("ReadVariableOp");
      node.setDevice((variable ? first : device).path());
    }
    return placed.build();
  }

  private Tower imported(Tower tower, Variables variables) {
    ImmutableMap.Builder<String, Operand<TFloat32>> sums = ImmutableMap.builder();
    tower.totals().sums().forEach((name, sum) -> sums.put(name, find(sum, TFloat32.class)));
    return new Tower(
        tower.inputs().stream()
            .map(input -> find(input, input.asOutput().type()))
            .collect(ImmutableList.toImmutableList()),
        find(tower.labels(), TInt32.class),
        find(tower.draw(), TInt64.class),
        find(tower.counts(), TFloat32.class),
        new Objective.Totals(
            find(tower.totals().loss(), TFloat32.class),
            find(tower.totals().count(), TFloat32.class),
            sums.buildOrThrow()),
        tower.gradients().stream()
            .map(
                gradient ->
                    new Gradient(
                        variable(gradient.variable(), variables),
                        find(gradient.value(), TFloat32.class)))
            .collect(ImmutableList.toImmutableList()),
        tower.assignments().stream()
            .map(
                assignment ->
                    new Pass.Assignment(
                        variable(assignment.variable(), variables),
                        find(assignment.value(), TFloat32.class)))
            .collect(ImmutableList.toImmutableList()));
  }

  private static Variable variable(Variable handle, Variables variables) {
    return variables.get(handle.name());
  }

  private <T extends TType> Operand<T> find(Operand<?> there, Class<T> type) {
    GraphOperation operation = graph.operationOrThrow(prefix + "/" + there.op().name());
    return operation.output(there.asOutput().index()).expect(type);
  }
}
