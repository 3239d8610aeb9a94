package org.tfemergence.models.export;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.VariableDef;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * The lists of variables by which Python, and converters written in it, know a SavedModel's: the
 * collections {@code variables} and {@code trainable_variables} of its graph.
 */
/*
 * TensorFlow Java's exporter writes none. Python makes variables of its own of those that are
 * listed, and wants of each an operation that initializes it and one that reads it. No one runs the
 * first: values come from the files. So they are not among TensorFlow Java's initializers, which a
 * SavedModel would run when it is loaded.
 */
final class VariableCollections {
  private static final String ALL = "variables";
  private static final String TRAINABLE = "trainable_variables";

  private final ImmutableList<VariableDef> all;

  private VariableCollections(ImmutableList<VariableDef> all) {
    this.all = all;
  }

  /** Adds the operations that a list must name. */
  static VariableCollections build(Ops tf, List<Variable> variables) {
    Ops initial = tf.withSubScope("initial");
    Ops value = tf.withSubScope("value");
    return new VariableCollections(
        variables.stream()
            .map(variable -> described(initial, value, variable))
            .collect(ImmutableList.toImmutableList()));
  }

  /** Writes the lists into a SavedModel that was exported of the graph. */
  void write(Path savedModel) throws IOException {
    Path file = savedModel.resolve("saved_model.pb");
    SavedModel.Builder model = SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    LoopVariables.pass(model.getMetaGraphsBuilder(0).getGraphDefBuilder());
    model
        .getMetaGraphsBuilder(0)
        .putCollectionDef(ALL, collection(definition -> true))
        .putCollectionDef(TRAINABLE, collection(VariableDef::getTrainable));
    Files.write(file, model.build().toByteArray());
  }

  private static VariableDef described(Ops initial, Ops value, Variable variable) {
    Operand<TFloat32> zeros = Variables.filled(initial, variable.shape(), 0);
    Op assigned = initial.assignVariableOp(variable.handle(), zeros);
    return VariableDef.newBuilder()
        .setVariableName(tensor(variable.handle()))
        .setInitializerName(assigned.op().name())
        .setInitialValueName(tensor(zeros))
        .setSnapshotName(tensor(variable.read(value)))
        .setIsResource(true)
        .setTrainable(variable.trainable())
        .build();
  }

  private CollectionDef collection(Predicate<VariableDef> which) {
    CollectionDef.BytesList.Builder list = CollectionDef.BytesList.newBuilder();
    all.stream().filter(which).forEach(definition -> list.addValue(definition.toByteString()));
    return CollectionDef.newBuilder().setBytesList(list).build();
  }

  private static String tensor(Operand<?> operand) {
    return operand.op().name() + ":" + operand.asOutput().index();
  }
}
