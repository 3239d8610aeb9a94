package org.tfemergence.models.variable;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.Session;
import org.tfemergence.emergence.graph.Weight;

/**
 * The variables of a graph with the values a session gives them: for checkpoints, exports and
 * weights from elsewhere. Valid as long as the session.
 */
public final class SessionVariables {
  private static final long PORTION = 1L << 24; // float32 values

  private final Session session;
  private final VariableSaver saver;
  private final ImmutableList<Variable> model;
  private final ImmutableMap<String, Variable> averages;
  private final Runnable set;

  /**
   * Creates a view of a session in which nothing follows the variables.
   *
   * @param session the session, initialized; stays the caller's to close
   * @param saver the saver of its graph
   * @param model those of the saver's variables that make up a model
   */
  public SessionVariables(Session session, VariableSaver saver, List<Variable> model) {
    this(session, saver, model, ImmutableMap.of(), () -> {});
  }

  /**
   * Creates a view of a session.
   *
   * @param session the session, initialized; stays the caller's to close
   * @param saver the saver of its graph
   * @param model those of the saver's variables that make up a model
   * @param averages by names of the model's variables, those of the saver's variables that follow
   *     them
   * @param set run when variables are set through this
   */
  public SessionVariables(
      Session session,
      VariableSaver saver,
      List<Variable> model,
      Map<String, Variable> averages,
      Runnable set) {
    Objects.requireNonNull(session, "session");
    Objects.requireNonNull(saver, "saver");
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(averages, "averages");
    Objects.requireNonNull(set, "set");
    this.session = session;
    this.saver = saver;
    this.model = ImmutableList.copyOf(model);
    this.averages = ImmutableMap.copyOf(averages);
    this.set = set;
  }

  /**
   * Returns all variables.
   *
   * @return those of the model and those of the training
   */
  public ImmutableList<Weight> all() {
    return saver.weights();
  }

  /**
   * Returns the variables that make up the model.
   *
   * @return weights and statistics, without optimizer, masks and averages
   */
  public ImmutableList<Variable> model() {
    return model;
  }

  /**
   * Copies a variable's value to Java.
   *
   * @param name its name
   * @return the value, last index fastest
   * @throws IllegalArgumentException if there is no such variable
   */
  public float[] value(String name) {
    return values(List.of(name)).get(name);
  }

  /**
   * Copies variables' values to Java, all in one run: TensorFlow prepares anew for each set of
   * variables it was not asked for before, which takes long in the graph of a training.
   *
   * @param names their names, each once
   * @return the values in that order, last index fastest
   * @throws IllegalArgumentException if there is no such variable, or one is named twice
   */
  public ImmutableMap<String, float[]> values(Collection<String> names) {
    return saver.values(session, names);
  }

  /**
   * Divides the variables that make up the model into portions to be copied one after the other, of
   * at most 64 MiB each unless a single variable is larger.
   *
   * @return the portions, in the variables' order
   */
  public ImmutableList<ImmutableList<Variable>> portions() {
    ImmutableList.Builder<ImmutableList<Variable>> portions = ImmutableList.builder();
    List<Variable> portion = new ArrayList<>();
    long size = 0;
    for (Variable variable : model) {
      if (!portion.isEmpty() && size + variable.shape().size() > PORTION) {
        portions.add(ImmutableList.copyOf(portion));
        portion.clear();
        size = 0;
      }
      portion.add(variable);
      size += variable.shape().size();
    }
    return portion.isEmpty()
        ? portions.build()
        : portions.add(ImmutableList.copyOf(portion)).build();
  }

  /**
   * Sets variables, all in one step. The moving average of a variable, where one is kept, begins
   * anew with the value set, unless it is set by itself.
   *
   * @param values by variable the new value, of its size, last index fastest
   * @throws IllegalArgumentException if there is no such variable, or a value is of another size;
   *     nothing is then set
   */
  public void assign(Map<String, float[]> values) {
    Map<String, float[]> all = new LinkedHashMap<>(values);
    values.forEach(
        (name, value) -> {
          if (averages.containsKey(name)) {
            all.putIfAbsent(averages.get(name).name(), value);
          }
        });
    saver.assign(session, all);
    set.run();
  }

  /**
   * Writes all variables as a tensor bundle.
   *
   * @param prefix the files' path without their endings
   * @throws IOException if the files cannot be written
   */
  public void save(Path prefix) throws IOException {
    saver.save(session, prefix);
  }

  /**
   * Reads all variables from a tensor bundle.
   *
   * @param prefix the files' path without their endings
   * @throws IOException if the files cannot be read, or are not of these variables
   */
  public void restore(Path prefix) throws IOException {
    set.run(); // also a failure may leave other values
    saver.restore(session, prefix);
  }
}
