package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.tensorflow.EagerSession;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.fit.proto.CheckpointManifest;
import org.tfemergence.models.weights.WeightSource;

/** The variables of a checkpoint, whatever training it is of: for transfer into another model. */
public final class CheckpointWeights implements WeightSource {
  private final Path directory;
  private final ImmutableMap<String, Shape> shapes;

  private CheckpointWeights(Path directory, ImmutableMap<String, Shape> shapes) {
    this.directory = directory;
    this.shapes = shapes;
  }

  /**
   * Opens a checkpoint, checked in full.
   *
   * @param directory its folder, which must stay as it is
   * @return its variables
   * @throws IOException if it is not a whole checkpoint
   */
  public static CheckpointWeights of(Path directory) throws IOException {
    CheckpointManifest manifest = ManifestFile.read(directory);
    ManifestFile.requireIntact(directory, manifest);
    return new CheckpointWeights(directory, Checkpoint.shapes(manifest));
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
  public float[] values(String name) throws IOException {
    try (EagerSession eager = EagerSession.create()) {
      Ops tf = Ops.create(eager);
      TFloat32 tensor =
          (TFloat32)
              tf.train
                  .restore(
                      tf.constant(directory.resolve(Checkpoint.PREFIX).toString()),
                      tf.array(name),
                      tf.array(""),
                      List.of(TFloat32.class))
                  .tensors()
                  .get(0)
                  .asTensor();
      float[] values = new float[Math.toIntExact(tensor.size())];
      tensor.asRawTensor().data().asFloats().read(values);
      return values;
    } catch (TensorFlowException | TFInvalidArgumentException e) {
      throw new IOException(directory + ": variable '" + name + "': " + e.getMessage(), e);
    }
  }
}
