package org.tfemergence.models.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.models.npz.Npz;
import org.tfemergence.models.npz.NpzWriter;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;

/** Weights by name, read when they are asked for. */
public interface WeightSource {
  /**
   * Returns where they come from.
   *
   * @return a name for messages, such as a file's
   */
  String description();

  /**
   * Returns which there are.
   *
   * @return their shapes by name
   */
  ImmutableMap<String, Shape> shapes();

  /**
   * Reads weights.
   *
   * @param names their names, each once, all of {@link #shapes}
   * @return their values, last index fastest
   * @throws IOException if one cannot be read, or is damaged
   */
  ImmutableMap<String, float[]> values(Collection<String> names) throws IOException;

  /**
   * Returns the arrays of a file of NumPy's.
   *
   * @param file the {@code .npz} file
   * @return its arrays
   * @throws IOException if it cannot be read, or is no such file
   */
  static WeightSource npz(Path file) throws IOException {
    Npz npz = Npz.read(file);
    return new WeightSource() {
      @Override
      public String description() {
        return file.toString();
      }

      @Override
      public ImmutableMap<String, Shape> shapes() {
        return npz.shapes();
      }

      @Override
      public ImmutableMap<String, float[]> values(Collection<String> names) throws IOException {
        ImmutableMap.Builder<String, float[]> values = ImmutableMap.builder();
        for (String name : names) {
          values.put(name, npz.floats(name));
        }
        return values.buildOrThrow();
      }
    };
  }

  /**
   * Returns the variables of a session.
   *
   * @param variables the variables
   * @return all of them, with the values they have when asked
   */
  static WeightSource session(SessionVariables variables) {
    return new WeightSource() {
      @Override
      public String description() {
        return "the session";
      }

      @Override
      public ImmutableMap<String, Shape> shapes() {
        return variables.all().stream()
            .collect(ImmutableMap.toImmutableMap(Weight::name, Weight::shape));
      }

      @Override
      public ImmutableMap<String, float[]> values(Collection<String> names) {
        return variables.values(names);
      }
    };
  }

  /**
   * Writes a model's variables to a file of NumPy's, under their own names and as they are.
   *
   * @param variables the variables, of which those of the model are written
   * @param file the {@code .npz} file, which must not exist and appears only when complete
   * @throws IOException if it cannot be written
   */
  static void writeNpz(SessionVariables variables, Path file) throws IOException {
    try (NpzWriter out = NpzWriter.create(file)) {
      for (ImmutableList<Variable> portion : variables.portions()) {
        Map<String, float[]> values =
            variables.values(portion.stream().map(Variable::name).toList());
        for (Variable variable : portion) {
          out.add(variable.name(), variable.shape(), values.get(variable.name()));
        }
      }
      out.commit();
    }
  }
}
