package org.tfemergence.models.variable;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.Restore;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tfemergence.emergence.graph.Weight;

/**
 * Saves variables to TensorFlow's tensor bundles and restores them.
 *
 * <p>TensorFlow Java's own saver leaves resource variables out without a word. This one takes the
 * place of it: its operations carry the names that {@code Session.save}, the SavedModel exporter
 * and loader look for, so all of them work, and save what this saver was given.
 */
public final class VariableSaver {
  private final Placeholder<TString> filename;
  private final Op save;
  private final Op restore;
  private final ImmutableMap<String, Slot> slots;

  private VariableSaver(
      Placeholder<TString> filename, Op save, Op restore, ImmutableMap<String, Slot> slots) {
    this.filename = filename;
    this.save = save;
    this.restore = restore;
    this.slots = slots;
  }

  /** A variable: what is saved of it, what would be restored, and the operation that takes it. */
  private record Slot(
      Weight weight, Operand<TFloat32> value, Output<TFloat32> restored, Op assign) {}

  /**
   * Adds the saver to a graph, which must not have one yet.
   *
   * @param tf the graph, at its root scope
   * @param weights the variables to save, at least one
   * @return the saver
   * @throws IllegalArgumentException if there is no variable, or the graph has a saver
   */
  public static VariableSaver build(Ops tf, List<Weight> weights) {
    if (weights.isEmpty()) {
      throw new IllegalArgumentException("a saver must have at least one variable");
    }
    if (((Graph) tf.scope().env()).operation("save/restore_all") != null) {
      throw new IllegalArgumentException("the graph has a saver already");
    }
    Ops scope = tf.withSubScope("save");
    Placeholder<TString> filename = scope.withName("filename").placeholder(TString.class);
    Operand<TString> names = strings(scope, weights.stream().map(Weight::name).toList());
    Operand<TString> slices = strings(scope, Collections.nCopies(weights.size(), ""));

    List<Operand<TFloat32>> values = new ArrayList<>();
    weights.forEach(weight -> values.add(weight.read(scope)));
    Op write = scope.train.save(filename, names, slices, ImmutableList.copyOf(values));
    Op save =
        scope
            .withControlDependencies(List.of(filename, write))
            .withName("control_dependency")
            .identity(filename);

    Restore read =
        scope.train.restore(
            filename, names, slices, Collections.nCopies(weights.size(), TFloat32.class));
    List<Op> assigned = new ArrayList<>();
    ImmutableMap.Builder<String, Slot> slots = ImmutableMap.builder();
    Ops shapes = scope.withSubScope("shape"); // once: it reads the names of the whole graph
    for (int i = 0; i < weights.size(); i++) {
      Output<TFloat32> restored = read.op().output(i);
      Op assign = weights.get(i).assign(scope, ofItsShape(shapes, weights.get(i), restored));
      assigned.add(assign);
      slots.put(weights.get(i).name(), new Slot(weights.get(i), values.get(i), restored, assign));
    }
    Op restore = scope.withControlDependencies(assigned).withName("restore_all").noOp();
    return new VariableSaver(filename, save, restore, slots.buildOrThrow());
  }

  /**
   * Writes the variables.
   *
   * @param session a session on the graph
   * @param prefix the files' path without their endings
   * @throws IOException if the files cannot be written
   */
  public void save(Session session, Path prefix) throws IOException {
    run(session, prefix, save);
  }

  /**
   * Reads the variables, which must be of the shapes that were saved; what a failure leaves in them
   * is not to be used. The session then counts as initialized.
   *
   * @param session a session on the graph
   * @param prefix the files' path without their endings
   * @throws IOException if the files cannot be read, or are not of these variables
   */
  public void restore(Session session, Path prefix) throws IOException {
    run(session, prefix, restore);
  }

  /**
   * Returns the variables.
   *
   * @return those the saver was given, in that order
   */
  public ImmutableList<Weight> weights() {
    return slots.values().stream().map(Slot::weight).collect(ImmutableList.toImmutableList());
  }

  /**
   * Copies variables' values to Java, all in one run.
   *
   * @param session a session on the graph
   * @param names the variables' names, each once
   * @return their values in that order, last index fastest
   * @throws IllegalArgumentException if there is no such variable, or one is named twice
   */
  public ImmutableMap<String, float[]> values(Session session, Collection<String> names) {
    if (names.isEmpty()) {
      return ImmutableMap.of();
    }
    Session.Runner runner = session.runner();
    names.forEach(name -> runner.fetch(slot(name).value()));
    try (Result result = runner.run()) {
      ImmutableMap.Builder<String, float[]> values = ImmutableMap.builder();
      int at = 0;
      for (String name : names) {
        TFloat32 tensor = (TFloat32) result.get(at++);
        float[] value = new float[Math.toIntExact(tensor.size())];
        tensor.asRawTensor().data().asFloats().read(value);
        values.put(name, value);
      }
      return values.buildOrThrow();
    }
  }

  /**
   * Sets variables, all in one step.
   *
   * @param session a session on the graph, initialized
   * @param values by variable the new value, of its size, last index fastest
   * @throws IllegalArgumentException if there is no such variable, or a value is of another size;
   *     nothing is then set
   */
  public void assign(Session session, Map<String, float[]> values) {
    values.forEach(
        (name, value) -> {
          Weight weight = slot(name).weight();
          if (value.length != weight.size()) {
            throw new IllegalArgumentException(
                "variable '"
                    + name
                    + "' must get "
                    + weight.size()
                    + " values, got "
                    + value.length);
          }
        });
    // Fed in place of what would be read from files: that takes no operation more.
    List<TFloat32> tensors = new ArrayList<>();
    try {
      Session.Runner runner = session.runner();
      values.forEach(
          (name, value) -> {
            Slot slot = slot(name);
            TFloat32 tensor = TFloat32.tensorOf(slot.weight().shape(), DataBuffers.of(value));
            tensors.add(tensor);
            runner.feed(slot.restored(), tensor).addTarget(slot.assign());
          });
      if (!tensors.isEmpty()) {
        runner.run().close();
      }
    } finally {
      tensors.forEach(TFloat32::close);
    }
  }

  private Slot slot(String name) {
    Slot slot = slots.get(name);
    if (slot == null) {
      throw new IllegalArgumentException(
          "there is no variable '" + name + "' among " + slots.keySet());
    }
    return slot;
  }

  private void run(Session session, Path prefix, Op target) throws IOException {
    try (BundlePath bundle = BundlePath.of(prefix);
        TString path = TString.scalarOf(bundle.toString())) {
      session.runner().feed(filename, path).addTarget(target).run().close();
    } catch (TensorFlowException | TFInvalidArgumentException e) {
      throw new IOException(prefix + ": " + e.getMessage(), e);
    }
  }

  /* An assignment takes any shape; the check is named after the variable, for its message. */
  private static Operand<TFloat32> ofItsShape(
      Ops shapes, Weight weight, Operand<TFloat32> restored) {
    return shapes.withName(weight.name().replace('/', '.')).ensureShape(restored, weight.shape());
  }

  private static Operand<TString> strings(Ops tf, List<String> values) {
    return tf.constant(StdArrays.ndCopyOf(values.toArray(new String[0])));
  }
}
