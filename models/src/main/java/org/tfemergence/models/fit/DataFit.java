package org.tfemergence.models.fit;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.data.Values;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.objective.Objective;

/** Checks that data are what a model and an objective take, before any of them is fed. */
final class DataFit {
  private DataFit() {}

  static void require(Dataset data, String role, Model model, Objective objective) {
    var inputs = model.blueprint().inputs();
    if (data.inputs().size() != inputs.size()) {
      throw new IllegalArgumentException(
          role
              + " data have "
              + data.inputs().size()
              + " inputs, the model takes "
              + inputs.size());
    }
    for (int i = 0; i < inputs.size(); i++) {
      requireInput(data.inputs().get(i), role, inputs.get(i));
    }
    Shape logits = model.blueprint().outputShape();
    requirePositions(data.labels(), role + " labels", objective.labels(logits));
    int classes = Math.toIntExact(logits.get(-1));
    if (data.labels().limit().orElse(0) != classes) {
      throw new IllegalArgumentException(
          role
              + " data have "
              + data.labels().limit().orElse(0)
              + " classes, the model "
              + classes);
    }
  }

  private static void requireInput(Values values, String role, InputSpec input) {
    boolean features = values.limit().isEmpty();
    if (features != (input.type() == TFloat32.class)) {
      throw new IllegalArgumentException(
          role
              + " data have "
              + (features ? "features" : "numbers")
              + " for input '"
              + input.name()
              + "', the model takes "
              + input.type().getSimpleName());
    }
    if (!features) {
      requirePositions(values, role + " data", input.shape());
    } else if (values.shape().size() != input.shape().size()) {
      throw new IllegalArgumentException(
          role
              + " data have "
              + values.shape().size()
              + " features, the model takes "
              + input.shape().size());
    }
  }

  private static void requirePositions(Values values, String what, Shape greatest) {
    boolean fits = values.shape().numDimensions() == greatest.numDimensions();
    for (int i = 0; fits && i < greatest.numDimensions(); i++) {
      fits = values.shape().get(i) <= greatest.get(i);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          what + " are of shape " + values.shape() + ", the model takes up to " + greatest);
    }
  }
}
