package org.tfemergence.models.testing;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/** Counts training steps in a variable of the graph: a callback with state. */
public final class Counter implements TrainingCallback {
  /** The variable's name. */
  public static final String NAME = "test/mask_counter";

  private final List<Float> counts = new ArrayList<>();
  private final boolean initialized;
  private Weight variable;
  private Operand<TFloat32> counted;

  private Counter(boolean initialized) {
    this.initialized = initialized;
  }

  /** Returns a counter from zero. */
  public static Counter fromZero() {
    return new Counter(true);
  }

  /** Returns a counter whose variable never gets a value, so that it can not be saved. */
  public static Counter uninitialized() {
    return new Counter(false);
  }

  @Override
  public void attach(TrainingGraph graph) {
    Ops tf = graph.tf();
    VarHandleOp handle =
        tf.withName("mask_counter")
            .varHandleOp(TFloat32.class, Shape.scalar(), VarHandleOp.sharedName(NAME));
    variable = Weight.of(handle);
    if (initialized) {
      Ops init = tf.withInitScope();
      variable.assign(init, init.constant(0f));
    }
    Operand<TFloat32> next = tf.math.add(variable.read(tf), tf.constant(1f));
    Ops after = tf.withControlDependencies(variable.assign(tf, next));
    counted = after.identity(next);
  }

  @Override
  public StepRequest request(Step step) {
    return initialized && step.phase() == Phase.TRAINING
        ? StepRequest.of(counted)
        : StepRequest.NOTHING;
  }

  @Override
  public void completed(StepResult result) {
    if (!result.values().isEmpty()) {
      counts.add(((TFloat32) result.values().get(0)).getFloat());
    }
  }

  @Override
  public ImmutableList<Weight> state() {
    return ImmutableList.of(variable);
  }

  /** Returns the counts after each training step. */
  public ImmutableList<Float> counts() {
    return ImmutableList.copyOf(counts);
  }
}
