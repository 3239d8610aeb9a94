package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.tensorflow.EagerSession;
import org.tensorflow.Output;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.variable.BundlePath;
import org.tfemergence.models.weights.WeightSource;

/** The variables of a checkpoint, whatever training it is of: for transfer into another model. */
public final class CheckpointWeights implements WeightSource {
  private final Path directory;
  private final ImmutableMap<String, Shape> shapes;
  private final UnaryOperator<String> stored;

  private CheckpointWeights(
      Path directory, ImmutableMap<String, Shape> shapes, UnaryOperator<String> stored) {
    this.directory = directory;
    this.shapes = shapes;
    this.stored = stored;
  }

  /**
   * Opens a checkpoint, checked in full.
   *
   * @param directory its folder, which must stay as it is
   * @return its variables, as they were trained
   * @throws IOException if it is not a whole checkpoint
   */
  public static CheckpointWeights of(Path directory) throws IOException {
    return new CheckpointWeights(
        directory, Checkpoint.shapes(ManifestFile.readIntact(directory)), UnaryOperator.identity());
  }

  /**
   * Opens a checkpoint, checked in full, with the weights that the training evaluated: where
   * averages of the weights were kept, a variable has the value of its average.
   *
   * @param directory its folder, which must stay as it is
   * @return its variables, for inference
   * @throws IOException if it is not a whole checkpoint
   */
  public static CheckpointWeights evaluated(Path directory) throws IOException {
    ImmutableMap<String, Shape> shapes = Checkpoint.shapes(ManifestFile.readIntact(directory));
    return new CheckpointWeights(
        directory,
        shapes,
        name -> {
          String average = WeightAverages.name(name);
          return shapes.containsKey(average) ? average : name;
        });
  }

  @Override
  public String description() {
    return directory.toString();
  }

  @Override
  public ImmutableMap<String, Shape> shapes() {
    return shapes;
  }

  @Override
  public ImmutableMap<String, float[]> values(Collection<String> names) throws IOException {
    if (names.isEmpty()) {
      return ImmutableMap.of();
    }
    String[] keys = names.stream().map(stored).toArray(String[]::new);
    String[] whole = new String[keys.length]; // no slices
    Arrays.fill(whole, "");
    try (BundlePath bundle = BundlePath.of(directory.resolve(Checkpoint.PREFIX));
        EagerSession eager = EagerSession.create()) {
      Ops tf = Ops.create(eager);
      List<Output<?>> read =
          tf.train
              .restore(
                  tf.constant(bundle.toString()),
                  tf.array(keys),
                  tf.array(whole),
                  Collections.nCopies(keys.length, TFloat32.class))
              .tensors();
      ImmutableMap.Builder<String, float[]> values = ImmutableMap.builder();
      int at = 0;
      for (String name : names) {
        TFloat32 tensor = (TFloat32) read.get(at++).asTensor();
        float[] value = new float[Math.toIntExact(tensor.size())];
        tensor.asRawTensor().data().asFloats().read(value);
        values.put(name, value);
      }
      return values.buildOrThrow();
    } catch (TensorFlowException | TFInvalidArgumentException e) {
      throw new IOException(directory + ": " + e.getMessage(), e);
    }
  }
}
