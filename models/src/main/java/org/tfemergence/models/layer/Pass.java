package org.tfemergence.models.layer;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.init.initializer.Seeds;
import org.tfemergence.models.variable.Variable;

/**
 * One call of a model: where its operations go, what they are for, and what is to be done besides
 * computing the output.
 */
public final class Pass {
  private final Ops tf;
  private final Ops layers; // at the same place, for scopes within it
  private final Phase phase;
  private final long seed;
  private final Operand<TInt64> step;
  private final Optional<Operand<TInt32>> start;
  private final boolean bfloat16;
  private final List<Assignment> assignments;

  private Pass(
      Ops tf,
      Ops layers,
      Phase phase,
      long seed,
      Operand<TInt64> step,
      Optional<Operand<TInt32>> start,
      boolean bfloat16,
      List<Assignment> assignments) {
    this.tf = tf;
    this.layers = layers;
    this.phase = phase;
    this.seed = seed;
    this.step = step;
    this.start = start;
    this.bfloat16 = bfloat16;
    this.assignments = assignments;
  }

  /**
   * A variable that a training step sets besides the weights, such as a moving average.
   *
   * @param variable the variable
   * @param value its value after the step
   */
  public record Assignment(Variable variable, Operand<TFloat32> value) {}

  /**
   * Returns a call that only looks: nothing is random, and nothing is remembered.
   *
   * @param tf where to add operations
   * @return the call
   */
  public static Pass inference(Ops tf) {
    return new Pass(
        tf,
        LayerScope.within(tf),
        Phase.EVALUATION,
        0,
        tf.constant(0L),
        Optional.empty(),
        false,
        new ArrayList<>());
  }

  /**
   * Returns a call in a training step.
   *
   * @param tf where to add operations
   * @param seed the seed of all that is random in it
   * @param step the number of the step, a scalar: each draws anew
   * @return the call
   */
  public static Pass training(Ops tf, long seed, Operand<TInt64> step) {
    return new Pass(
        tf,
        LayerScope.within(tf),
        Phase.TRAINING,
        seed,
        step,
        Optional.empty(),
        false,
        new ArrayList<>());
  }

  /**
   * Returns this call within a scope of names.
   *
   * @param name the scope's name, of parts separated by slashes
   * @return the same call, whose operations are named {@code NAME/...}
   */
  public Pass within(String name) {
    Ops scope = layers;
    for (String part : Splitter.on('/').split(name)) {
      scope = scope.withSubScope(part);
    }
    return new Pass(scope, scope, phase, seed, step, start, bfloat16, assignments);
  }

  /**
   * Returns this call on the continuation of sequences: the first position that its values have is
   * not the first of the sequence.
   *
   * @param position the position in the sequence of the values' first, from 0, a scalar
   * @return the same call
   */
  public Pass startingAt(Operand<TInt32> position) {
    return new Pass(tf, layers, phase, seed, step, Optional.of(position), bfloat16, assignments);
  }

  /**
   * Returns this call in a session that may compute it in bfloat16, whose convolutions take other
   * ways there than in float32.
   *
   * @return the same call
   */
  public Pass inBfloat16() {
    return new Pass(tf, layers, phase, seed, step, start, true, assignments);
  }

  /**
   * Tells whether this call may be computed in bfloat16.
   *
   * @return whether it is one {@link #inBfloat16}
   */
  public boolean bfloat16() {
    return bfloat16;
  }

  /**
   * Returns where the values' positions begin.
   *
   * @return the position in the sequence of the values' first, a scalar; 0 unless this call
   *     continues sequences
   */
  public Operand<TInt32> start() {
    return start.orElseGet(() -> tf.constant(0));
  }

  /**
   * Returns where to add operations.
   *
   * @return the graph
   */
  public Ops tf() {
    return tf;
  }

  /**
   * Tells whether this is a training step, in which dropout drops and batch statistics count.
   *
   * @return whether the phase is {@link Phase#TRAINING}
   */
  public boolean training() {
    return phase == Phase.TRAINING;
  }

  /**
   * Returns the seed of a stateless random operation, a different one in each step.
   *
   * @param use what it is for, such as a layer's name
   * @return the seed, [2]
   */
  public Operand<TInt64> seed(String use) {
    return tf.stack(List.of(tf.constant(Seeds.derive(seed, use)), step));
  }

  /**
   * Asks for a variable to be set when the step is done.
   *
   * @param variable the variable
   * @param value its new value, of its shape
   */
  public void assign(Variable variable, Operand<TFloat32> value) {
    assignments.add(new Assignment(variable, value));
  }

  /**
   * Returns what the layers asked for.
   *
   * @return the assignments of all layers called so far
   */
  public ImmutableList<Assignment> assignments() {
    return ImmutableList.copyOf(assignments);
  }
}
