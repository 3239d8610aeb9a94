package org.tfemergence.models.variable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.StdArrays;
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

  private VariableSaver(Placeholder<TString> filename, Op save, Op restore) {
    this.filename = filename;
    this.save = save;
    this.restore = restore;
  }

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

    List<Operand<?>> values = new ArrayList<>();
    weights.forEach(weight -> values.add(weight.read(scope)));
    Op write = scope.train.save(filename, names, slices, values);
    Op save =
        scope
            .withControlDependencies(List.of(filename, write))
            .withName("control_dependency")
            .identity(filename);

    Restore read =
        scope.train.restore(
            filename, names, slices, Collections.nCopies(weights.size(), TFloat32.class));
    List<Op> assigned = new ArrayList<>();
    for (int i = 0; i < weights.size(); i++) {
      assigned.add(weights.get(i).assign(scope, read.op().output(i)));
    }
    Op restore = scope.withControlDependencies(assigned).withName("restore_all").noOp();
    return new VariableSaver(filename, save, restore);
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
   * Reads the variables, which must be of the shapes that were saved. The session then counts as
   * initialized.
   *
   * @param session a session on the graph
   * @param prefix the files' path without their endings
   * @throws IOException if the files cannot be read, or are not of these variables
   */
  public void restore(Session session, Path prefix) throws IOException {
    run(session, prefix, restore);
  }

  private void run(Session session, Path prefix, Op target) throws IOException {
    try (TString path = TString.scalarOf(prefix.toString())) {
      session.runner().feed(filename, path).addTarget(target).run().close();
    } catch (TensorFlowException e) {
      throw new IOException(prefix + ": " + e.getMessage(), e);
    }
  }

  private static Operand<TString> strings(Ops tf, List<String> values) {
    return tf.constant(StdArrays.ndCopyOf(values.toArray(new String[0])));
  }
}
