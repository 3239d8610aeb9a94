package org.tfemergence.models.variable;

import com.google.common.collect.ImmutableList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.GraphLimits;

/** The registry of a graph's variables. Each has a name of its own, shared by graphs and files. */
public final class Variables {
  private final Ops tf;
  private final boolean initialized;
  private final Map<String, Variable> variables = new LinkedHashMap<>();
  private final Map<Fill, Operand<TFloat32>> fills = new HashMap<>();

  /* An initial value. Variables share it until they are updated: most of a graph's are the same. */
  private record Fill(Shape shape, float value) {}

  private Variables(Ops tf, boolean initialized) {
    GraphLimits.requirePlainDigits();
    this.tf = tf;
    this.initialized = initialized;
  }

  /**
   * Returns a registry for a graph to be trained: variables get their initial values in the
   * session's first run.
   *
   * @param tf the graph
   * @return the registry, empty
   * @throws IllegalStateException if the default locale has digits of its own
   */
  public static Variables initialized(Ops tf) {
    return new Variables(tf, true);
  }

  /**
   * Returns a registry for a graph whose variables will be restored: initial values are not even
   * computed.
   *
   * @param tf the graph
   * @return the registry, empty
   * @throws IllegalStateException if the default locale has digits of its own
   */
  public static Variables forRestore(Ops tf) {
    return new Variables(tf, false);
  }

  /**
   * Adds a variable that training updates.
   *
   * @param name its name, of parts separated by slashes, of what TensorFlow takes in names: a
   *     letter from a to z, a digit or a dot, then any number of these, of hyphens and of
   *     underscores
   * @param shape its shape, fully known, of less than 2^31 values: more do not fit into an array of
   *     Java, as which they are read and set
   * @param role what it is for
   * @param initial adds the operations that compute its first value
   * @return the variable
   * @throws IllegalArgumentException if the name is taken, or another than such a one, or the shape
   *     is not known or of more values
   */
  public Variable add(
      String name, Shape shape, Variable.Role role, Function<Ops, Operand<TFloat32>> initial) {
    if (variables.containsKey(name)) {
      throw new IllegalArgumentException("there is a variable '" + name + "' already");
    }
    String operation = name.replace('/', '.');
    if (!Scope.isValidOpName(operation)) {
      throw new IllegalArgumentException(
          "variable name must be of letters from a to z, digits, dots, hyphens, underscores and"
              + " slashes, beginning with one of the first three, got '"
              + name
              + "'");
    }
    requireSize(name, shape);
    VarHandleOp handle =
        tf.withName(operation).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    if (initialized) {
      Ops init = tf.withInitScope();
      init.assignVariableOp(handle, initial.apply(init));
    }
    Variable variable = new Variable(name, shape, handle, role);
    variables.put(name, variable);
    return variable;
  }

  /**
   * Adds a variable that begins with the same value everywhere.
   *
   * @param name its name, of parts separated by slashes
   * @param shape its shape, fully known
   * @param role what it is for
   * @param initial the value of all its elements
   * @return the variable
   * @throws IllegalArgumentException if the name is taken, or another than such a one, or the shape
   *     is not known or of more values
   */
  public Variable add(String name, Shape shape, Variable.Role role, float initial) {
    return add(
        name,
        shape,
        role,
        init ->
            fills.computeIfAbsent(
                new Fill(shape, initial), fill -> filled(init, fill.shape(), fill.value())));
  }

  private static void requireSize(String name, Shape shape) {
    if (shape.isUnknown() || shape.hasUnknownDimension()) {
      throw new IllegalArgumentException(
          "variable '" + name + "' must have a known shape, got " + shape);
    }
    GraphLimits.requireSize("variable '" + name + "'", shape);
    if (shape.size() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "variable '" + name + "' must have less than 2^31 values, got shape " + shape);
    }
  }

  /**
   * Returns a variable that was added before, for layers that share it.
   *
   * @param name its name
   * @return the variable
   * @throws IllegalArgumentException if there is none of that name
   */
  public Variable get(String name) {
    Variable variable = variables.get(name);
    if (variable == null) {
      throw new IllegalArgumentException(
          "there is no variable '" + name + "' among " + variables.keySet());
    }
    return variable;
  }

  /**
   * Returns all variables.
   *
   * @return the variables, in the order they were added
   */
  public ImmutableList<Variable> all() {
    return ImmutableList.copyOf(variables.values());
  }

  /**
   * Returns the variables that make up the model.
   *
   * @return all but the training's own state, in the order they were added
   */
  public ImmutableList<Variable> model() {
    return variables.values().stream()
        .filter(variable -> variable.role() != Variable.Role.STATE)
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * Returns the variables that training updates.
   *
   * @return the trainable variables, in the order they were added
   */
  public ImmutableList<Variable> trainable() {
    return variables.values().stream()
        .filter(Variable::trainable)
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * Adds operations that fill a tensor.
   *
   * @param tf where to add them
   * @param shape the tensor's shape
   * @param value the value of all its elements
   * @return the tensor
   */
  public static Operand<TFloat32> filled(Ops tf, Shape shape, float value) {
    return tf.fill(tf.constant(shape.asArray()), tf.constant(value));
  }
}
