package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.OptionalInt;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.data.PixelScaling;
import org.tfemergence.models.data.Values;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Embedding;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.objective.Objective;

/** Checks that data are what a model and an objective take, before any of them is fed. */
final class DataFit {
  private DataFit() {}

  /** Refuses batches that are larger than all the data. */
  static void requireBatch(Dataset training, int batchSize) {
    if (batchSize > training.greatestBatch()) {
      throw new IllegalArgumentException(
          "batchSize must be at most that of all training data, "
              + training.greatestBatch()
              + ", got "
              + batchSize);
    }
  }

  /** Refuses examples that are larger than a batch, as the data set does where it makes batches. */
  static void requireRoom(Dataset data, int batchSize) {
    ImmutableList<int[]> unused = data.inOrder(batchSize);
  }

  /** Refuses batches of which a device would get fewer examples than the model can train on. */
  static void requireShares(Dataset training, int batchSize, int devices, Blueprint blueprint) {
    int least = blueprint.leastBatch();
    if (least == 1) {
      return;
    }
    for (int[] batch : training.inOrder(batchSize)) {
      int share = Math.max(1, batch.length / devices); // as a Feed divides it
      if (share < least) {
        throw new IllegalArgumentException(
            "batchSize must leave each device at least "
                + least
                + " examples, which the model's batch normalization needs, got "
                + batchSize
                + ": a batch of "
                + batch.length
                + " on "
                + devices
                + (devices == 1 ? " device" : " devices"));
      }
    }
  }

  /** Refuses pixels that are scaled in one way for training and in another for validation. */
  static void requireOneScaling(Dataset training, Dataset validation) {
    Optional<PixelScaling> expected = training.scaling();
    Optional<PixelScaling> found = validation.scaling();
    if (expected.isPresent() && found.isPresent() && !found.equals(expected)) {
      throw new IllegalArgumentException(
          "validation data have pixels of "
              + found.get()
              + ", the training data of "
              + expected.get());
    }
  }

  static void require(Dataset data, String role, Model model, Objective objective) {
    Blueprint blueprint = model.blueprint();
    if (data.inputs().size() != blueprint.inputs().size()) {
      throw new IllegalArgumentException(
          role
              + " data have "
              + data.inputs().size()
              + " inputs, the model takes "
              + blueprint.inputs().size());
    }
    for (int i = 0; i < blueprint.inputs().size(); i++) {
      requireInput(data.inputs().get(i), role, blueprint.inputs().get(i));
    }
    Shape logits = blueprint.outputShape();
    requirePositions(data.labels(), role + " labels", objective.labels(logits));
    requirePadding(data.labels(), role + " labels", objective.leftOut(), "the objective");
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
    if (features) {
      requireFeatures(values.shape(), role, input);
    } else {
      String what = role + " data for input '" + input.name() + "'";
      requirePositions(values, what, input.shape());
      requireVocabulary(values, what, input.limit());
      requirePadding(values, what, OptionalInt.of(Embedding.PADDING), "the model");
    }
  }

  /* What has lost its shape, or never had one, may be given another; but not one for another. */
  private static void requireFeatures(Shape found, String role, InputSpec input) {
    boolean flat = found.numDimensions() == 1 || input.shape().numDimensions() == 1;
    if (found.size() != input.shape().size()) {
      throw new IllegalArgumentException(
          role
              + " data have "
              + found.size()
              + " features, the model takes "
              + input.shape().size());
    }
    if (!flat && !found.equals(input.shape())) {
      throw new IllegalArgumentException(
          role + " data are of shape " + found + ", the model takes " + input.shape());
    }
  }

  private static void requireVocabulary(Values values, String what, OptionalInt vocabulary) {
    int limit = values.limit().orElseThrow();
    if (vocabulary.isPresent() && limit > vocabulary.getAsInt()) {
      throw new IllegalArgumentException(
          what
              + " are of a vocabulary of "
              + limit
              + ", the model takes up to "
              + vocabulary.getAsInt());
    }
  }

  private static void requirePadding(
      Values values, String what, OptionalInt expected, String whose) {
    OptionalInt found = values.padding();
    if (found.isPresent() && expected.isPresent() && !found.equals(expected)) {
      throw new IllegalArgumentException(
          what
              + " are padded with "
              + found.getAsInt()
              + ", "
              + whose
              + " takes "
              + expected.getAsInt()
              + " for padding");
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
