package org.tfemergence.models.layer;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * Batch normalization (Ioffe and Szegedy, arXiv 1502.03167), as part of a layer: each channel's
 * values are brought to mean 0 and variance 1, then scaled by a trained gain and moved by a trained
 * offset.
 *
 * <pre>{@code
 * y = gain (x - mean) / sqrt(variance + epsilon) + offset
 * }</pre>
 *
 * <p>In a training step mean and variance are those of the batch (over examples and positions), and
 * the moving averages follow:
 *
 * <pre>{@code
 * moving = momentum moving + (1 - momentum) of the batch
 * }</pre>
 *
 * where the batch's variance over n values is corrected by {@code n / (n - 1)}, as the fused layer
 * of tf.keras and PyTorch do; the normalization itself takes it uncorrected. A step whose batch has
 * but one value of a channel, so that there is no variance, fails and names the layer, as in
 * PyTorch; a trainer refuses to begin if such a batch would come. Otherwise mean and variance are
 * the moving averages. Variables, each [channels]: {@code gain}, first 1, {@code offset}, first 0,
 * {@code moving_mean}, first 0, {@code moving_variance}, first 1.
 *
 * @param momentum how much of a moving average stays in a step, in [0, 1); PyTorch calls {@code 1 -
 *     momentum} so
 * @param epsilon what is added to the variance, finite and positive
 */
public record BatchNorm(double momentum, double epsilon) {
  /** The values of Keras: momentum 0.99, epsilon 0.001. */
  public static final BatchNorm KERAS = new BatchNorm(0.99, 1e-3);

  /** The values of PyTorch: momentum 0.9 (there, 0.1), epsilon 0.00001. */
  public static final BatchNorm PYTORCH = new BatchNorm(0.9, 1e-5);

  /**
   * Creates the description of a normalization.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public BatchNorm {
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException("momentum must be in [0, 1), got " + momentum);
    }
    if (!(epsilon > 0 && Double.isFinite(epsilon))) {
      throw new IllegalArgumentException("epsilon must be finite and positive, got " + epsilon);
    }
  }

  /** Returns the number of trained parameters. */
  long parameters(long channels) {
    return 2 * channels;
  }

  /** Returns how many examples have a variance, of what has a shape of [..., channels]. */
  static int leastBatch(Shape normalized) {
    return normalized.size() == normalized.get(-1) ? 2 : 1;
  }

  /** Makes the variables, named {@code LAYER/...}. */
  Built build(Variables variables, String layer, long channels) {
    Shape shape = Shape.of(channels);
    return new Built(
        this,
        layer,
        variables.add(layer + "/gain", shape, Variable.Role.NORMALIZATION, 1),
        variables.add(layer + "/offset", shape, Variable.Role.NORMALIZATION, 0),
        variables.add(layer + "/moving_mean", shape, Variable.Role.STATISTIC, 0),
        variables.add(layer + "/moving_variance", shape, Variable.Role.STATISTIC, 1));
  }

  /** A normalization with variables. */
  record Built(
      BatchNorm description,
      String layer,
      Variable gain,
      Variable offset,
      Variable movingMean,
      Variable movingVariance) {
    /** Normalizes values of [batch, ..., channels]. */
    Operand<TFloat32> call(Pass pass, Value x) {
      if (x.real().isPresent()) {
        throw new IllegalArgumentException(
            "layer '" + layer + "': batch normalization does not take sequences with padding");
      }
      Ops tf = pass.tf();
      Operand<TFloat32> values = x.floats();
      boolean map = values.asOutput().shape().numDimensions() == 4;
      Operand<TFloat32> channelsLast = // [batch, height, width, channels]
          map
              ? values
              : tf.reshape(values, tf.constant(new long[] {-1, 1, 1, gain.shape().get(0)}));
      Operand<TFloat32> normalized =
          normalize(pass, pass.training() ? several(tf, channelsLast) : channelsLast);
      return map ? normalized : tf.reshape(normalized, tf.shape(values));
    }

    private Operand<TFloat32> several(Ops tf, Operand<TFloat32> map) {
      String refusal =
          "layer " + layer + ": batch normalization must have at least two values of a channel";
      Operand<TInt32> channels = tf.constant((int) gain.shape().get(0));
      Op checked =
          tf.assertThat(
              tf.math.greater(tf.size(map), channels), List.of(tf.constant(refusal + " to train")));
      return tf.withControlDependencies(List.of(checked)).identity(map);
    }

    private Operand<TFloat32> normalize(Pass pass, Operand<TFloat32> map) {
      Ops tf = pass.tf();
      Operand<TFloat32> none = tf.constant(new float[0]);
      FusedBatchNorm<TFloat32, TFloat32> fused =
          tf.nn.fusedBatchNorm(
              map,
              gain.read(tf),
              offset.read(tf),
              pass.training() ? none : movingMean.read(tf),
              pass.training() ? none : movingVariance.read(tf),
              FusedBatchNorm.epsilon((float) description.epsilon()),
              FusedBatchNorm.isTraining(pass.training()));
      if (pass.training()) {
        follow(pass, movingMean, fused.batchMean());
        follow(pass, movingVariance, fused.batchVariance());
      }
      return fused.y();
    }

    private void follow(Pass pass, Variable moving, Operand<TFloat32> batch) {
      Ops tf = pass.tf();
      Operand<TFloat32> now = moving.read(tf);
      Operand<TFloat32> step = tf.constant((float) (1 - description.momentum()));
      pass.assign(moving, tf.math.add(now, tf.math.mul(step, tf.math.sub(batch, now))));
    }
  }
}
