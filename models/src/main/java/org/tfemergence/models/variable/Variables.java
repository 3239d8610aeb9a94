package org.tfemergence.models.variable;

import com.google.common.collect.ImmutableList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/** The registry of a graph's variables. Each has a name of its own, shared by graphs and files. */
public final class Variables {
  private final Ops tf;
  private final boolean initialized;
  private final Map<String, Variable> variables = new LinkedHashMap<>();

  private Variables(Ops tf, boolean initialized) {
    this.tf = tf;
    this.initialized = initialized;
  }

  /**
   * Returns a registry for a graph to be trained: variables get their initial values in the
   * session's first run.
   *
   * @param tf the graph
   * @return the registry, empty
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
   */
  public static Variables forRestore(Ops tf) {
    return new Variables(tf, false);
  }

  /**
   * Adds a variable that training updates.
   *
   * @param name its name, of parts separated by slashes
   * @param shape its shape, fully known
   * @param initial adds the operations that compute its first value
   * @return the variable
   * @throws IllegalArgumentException if the name is taken
   */
  public Variable trainable(String name, Shape shape, Function<Ops, Operand<TFloat32>> initial) {
    return add(name, shape, initial, true);
  }

  /**
   * Adds a variable that is kept with the model or the optimizer but not trained.
   *
   * @param name its name, of parts separated by slashes
   * @param shape its shape, fully known
   * @param initial the value of all its elements
   * @return the variable
   * @throws IllegalArgumentException if the name is taken
   */
  public Variable state(String name, Shape shape, float initial) {
    return add(name, shape, init -> filled(init, shape, initial), false);
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

  private Variable add(
      String name, Shape shape, Function<Ops, Operand<TFloat32>> initial, boolean trainable) {
    if (variables.containsKey(name)) {
      throw new IllegalArgumentException("there is a variable '" + name + "' already");
    }
    VarHandleOp handle =
        tf.withName(name.replace('/', '.'))
            .varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    if (initialized) {
      Ops init = tf.withInitScope();
      init.assignVariableOp(handle, initial.apply(init));
    }
    Variable variable = new Variable(name, shape, handle, trainable);
    variables.put(name, variable);
    return variable;
  }
}
