package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.file.StagedDirectory;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.models.fit.proto.CheckpointManifest;
import org.tfemergence.models.fit.proto.SavedVariable;
import org.tfemergence.models.variable.SessionVariables;

/**
 * The state of a training on disk: a folder with a manifest and a tensor bundle. It appears
 * complete or not at all, and is checked in full before any variable is touched.
 */
final class Checkpoint {
  static final String PREFIX = "variables";

  /** What must hold right before a checkpoint appears. */
  @FunctionalInterface
  interface Condition {
    /**
     * Checks it.
     *
     * @throws IOException if it does not hold
     */
    void require() throws IOException;
  }

  private Checkpoint() {}

  /**
   * Writes a checkpoint.
   *
   * @param directory its folder, which must not exist and appears only when complete
   * @param state what to keep besides the values of variables
   * @param variables the variables
   * @param condition what must hold when all but the folder's name is there
   * @throws IOException if it cannot be written, or the condition does not hold; nothing is then
   *     left of it
   */
  static void write(
      Path directory, SavedState state, SessionVariables variables, Condition condition)
      throws IOException {
    try (StagedDirectory staged = StagedDirectory.create(directory)) {
      variables.save(staged.path().resolve(PREFIX));
      ManifestFile.write(staged.path(), state, variables.all());
      condition.require();
      staged.commit();
    }
  }

  /**
   * Checks a checkpoint in full, without touching any variable.
   *
   * @param directory its folder
   * @return what it knows besides the values of variables
   * @throws IOException if it is not a whole checkpoint, with file, finding and expectation
   */
  static SavedState verify(Path directory) throws IOException {
    return ManifestFile.state(ManifestFile.readIntact(directory));
  }

  /**
   * Checks a checkpoint in full, and that its variables are those of a training.
   *
   * @param directory its folder
   * @param variables the variables to take it up
   * @return what it knows besides the values of variables
   * @throws IOException if it is not a whole checkpoint, or of other variables; the message names
   *     all that differ
   */
  static SavedState verify(Path directory, SessionVariables variables) throws IOException {
    CheckpointManifest manifest = ManifestFile.readIntact(directory);
    List<String> differences = differences(shapes(manifest), variables.all());
    if (!differences.isEmpty()) {
      throw new IOException(
          directory + ": not of this training: " + String.join("; ", differences));
    }
    return ManifestFile.state(manifest);
  }

  /**
   * Sets variables to a checkpoint's values. The checkpoint is to be {@link #verify verified}
   * before.
   *
   * @param directory its folder
   * @param variables the variables
   * @throws IOException if it cannot be read
   */
  static void restore(Path directory, SessionVariables variables) throws IOException {
    variables.restore(directory.resolve(PREFIX));
  }

  /** Returns the shapes of the variables by name. */
  static ImmutableMap<String, Shape> shapes(CheckpointManifest manifest) {
    ImmutableMap.Builder<String, Shape> shapes = ImmutableMap.builder();
    for (SavedVariable variable : manifest.getVariablesList()) {
      shapes.put(
          variable.getName(),
          Shape.of(variable.getShapeList().stream().mapToLong(Long::longValue).toArray()));
    }
    return shapes.buildOrThrow();
  }

  private static List<String> differences(Map<String, Shape> saved, List<Weight> expected) {
    Map<String, Shape> rest = new LinkedHashMap<>(saved);
    List<String> differences = new ArrayList<>();
    for (Weight weight : expected) {
      Shape found = rest.remove(weight.name());
      if (!weight.shape().equals(found)) {
        differences.add(
            "variable '"
                + weight.name()
                + "' is "
                + (found == null ? "missing" : "of shape " + found)
                + ", expected shape "
                + weight.shape());
      }
    }
    if (!rest.isEmpty()) {
      differences.add("holds variables that this training does not have: " + rest.keySet());
    }
    return differences;
  }
}
