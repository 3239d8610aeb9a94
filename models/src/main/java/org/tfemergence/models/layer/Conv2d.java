package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.math.IntMath;
import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * A convolution over maps of [height, width, channels], {@code activation(normalize(x * kernel +
 * bias))}.
 *
 * <p>With groups, the input's channels are divided into as many, in order, and so are the filters;
 * each filter sees the channels of its own group only. Groups of several channels are computed one
 * by one.
 *
 * @param name its name; its variables are {@code NAME/kernel} [height, width, channels / groups,
 *     filters], {@code NAME/bias} [filters], and those of the normalization
 * @param filters the number of filters, which are the channels of the output; at least 1, and
 *     divisible by the groups
 * @param window how the kernel slides over the map
 * @param groups the number of groups, at least 1
 * @param bias whether it adds a bias
 * @param normalization what lies between the kernel and the activation function, if something does
 * @param activation its activation function
 */
public record Conv2d(
    String name,
    int filters,
    Sliding window,
    int groups,
    Bias bias,
    Optional<BatchNorm> normalization,
    Activation activation)
    implements LayerSpec {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name, or filters or groups
   *     are out of their range
   */
  public Conv2d {
    Objects.requireNonNull(window, "window");
    Objects.requireNonNull(bias, "bias");
    Objects.requireNonNull(normalization, "normalization");
    Objects.requireNonNull(activation, "activation");
    Require.name(name);
    Require.that(filters >= 1, name, "filters must be at least 1", filters);
    Require.that(groups >= 1, name, "groups must be at least 1", groups);
    Require.that(
        filters % groups == 0, name, "filters must divide into " + groups + " groups", filters);
  }

  /**
   * Returns a convolution with a bias, at stride 1, whose output is as large as its input.
   *
   * @param name its name
   * @param filters the number of filters, at least 1
   * @param size the rows and columns of the kernel, at least 1
   * @param activation its activation function
   * @return the description
   * @throws IllegalArgumentException if TensorFlow does not accept the name, or a number less than
   *     1
   */
  public static Conv2d of(String name, int filters, int size, Activation activation) {
    return new Conv2d(
        name,
        filters,
        Sliding.square(size, 1, Padding.SAME),
        1,
        Bias.ADDED,
        Optional.empty(),
        activation);
  }

  /**
   * Returns this layer with another window.
   *
   * @param other how the kernel slides over the map
   * @return the description
   */
  public Conv2d withWindow(Sliding other) {
    return new Conv2d(name, filters, other, groups, bias, normalization, activation);
  }

  /**
   * Returns this layer at another stride.
   *
   * @param stride the distance between windows, at least 1
   * @return the description
   * @throws IllegalArgumentException if {@code stride < 1}
   */
  public Conv2d withStride(int stride) {
    return withWindow(window.withStride(stride));
  }

  /**
   * Returns this layer with other padding.
   *
   * @param padding what is put around the map
   * @return the description
   * @throws IllegalArgumentException if it does not suit the kernel
   */
  public Conv2d withPadding(Padding padding) {
    return withWindow(window.withPadding(padding));
  }

  /**
   * Returns this layer with groups.
   *
   * @param number the number of groups, which divides the filters
   * @return the description
   * @throws IllegalArgumentException if it does not
   */
  public Conv2d withGroups(int number) {
    return new Conv2d(name, filters, window, number, bias, normalization, activation);
  }

  /**
   * Returns this layer with or without a bias.
   *
   * @param other whether it adds one
   * @return the description
   */
  public Conv2d withBias(Bias other) {
    return new Conv2d(name, filters, window, groups, other, normalization, activation);
  }

  /**
   * Returns this layer with a normalization.
   *
   * @param other what lies between the kernel and the activation function
   * @return the description
   */
  public Conv2d withNormalization(BatchNorm other) {
    return withNormalization(Optional.of(other));
  }

  /**
   * Returns this layer with or without a normalization.
   *
   * @param other what lies between the kernel and the activation function; empty for nothing
   * @return the description
   */
  public Conv2d withNormalization(Optional<BatchNorm> other) {
    return new Conv2d(name, filters, window, groups, bias, other, activation);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    kernelShape(inputs);
    return window.output(name, inputs, filters);
  }

  @Override
  public Layer layer(List<Shape> inputs) {
    long parameters =
        kernelShape(inputs).size()
            + (bias == Bias.ADDED ? filters : 0)
            + normalization.map(norm -> norm.parameters(filters)).orElse(0L);
    return new Layer(
        name,
        ImmutableList.copyOf(Longs.asList(output(inputs).asArray())),
        parameters,
        Layer.Role.COUNTED);
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.Convolution(window.window(name, inputs), groups));
  }

  @Override
  public int leastBatch(List<Shape> inputs) {
    return normalization.isPresent() ? BatchNorm.leastBatch(output(inputs)) : 1;
  }

  @Override
  public Optional<Shape> kernel(List<Shape> inputs) {
    return Optional.of(kernelShape(inputs));
  }

  @Override
  public Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs) {
    Shape shape = kernelShape(inputs);
    Variable kernel =
        variables.add(
            name + "/kernel", shape, Variable.Role.KERNEL, init -> initializer.call(init, shape));
    Optional<Variable> added =
        bias == Bias.ADDED
            ? Optional.of(variables.add(name + "/bias", Shape.of(filters), Variable.Role.BIAS, 0))
            : Optional.empty();
    return new BuiltConv2d(
        this,
        inputs.get(0),
        kernel,
        added,
        normalization.map(norm -> norm.build(variables, name, filters)));
  }

  private Shape kernelShape(List<Shape> inputs) {
    long channels = Require.map(name, inputs).get(2);
    Require.that(
        channels % groups == 0,
        name,
        "the input's channels must divide into " + groups + " groups",
        channels);
    return Shape.of(window.height(), window.width(), channels / groups, filters);
  }

  private record BuiltConv2d(
      Conv2d description,
      Shape input,
      Variable weights,
      Optional<Variable> bias,
      Optional<BatchNorm.Built> norm)
      implements LayerSpec.Built {
    @Override
    public Called call(Pass pass, List<Value> inputs) {
      Ops tf = pass.tf();
      Value x = Iterables.getOnlyElement(inputs);
      Operand<TFloat32> sum = // [batch, height, width, filters]
          convolve(pass, x.floats(), weights.read(tf));
      if (bias.isPresent()) {
        sum = tf.nn.biasAdd(sum, bias.get().read(tf));
      }
      Operand<TFloat32> normalized = norm.isPresent() ? norm.get().call(pass, x.with(sum)) : sum;
      return new Called(
          x.with(description.activation().apply(tf, normalized)),
          norm.isPresent() ? Optional.of(sum) : Optional.empty());
    }

    @Override
    public Optional<Variable> kernel() {
      return Optional.of(weights);
    }

    private Operand<TFloat32> convolve(Pass pass, Operand<TFloat32> map, Operand<TFloat32> kernel) {
      Ops tf = pass.tf();
      Sliding.Seen seen = description.window().alike(input);
      Operand<TFloat32> part = seen.of(tf, map);
      int groups = description.groups();
      if (isDepthwise(pass)) {
        return depthwise(pass, part, kernel, seen.window());
      }
      Operand<TFloat32> padded = seen.window().padded(tf, part, 0);
      return groups == 1
          ? dense(pass, padded, kernel, seen.window())
          : groupByGroup(pass, padded, kernel, seen.window());
    }

    /*
     * One channel altogether is as any other number. In bfloat16 oneDNN's depthwise convolution of
     * several filters a channel is wrong at some windows.
     */
    private boolean isDepthwise(Pass pass) {
      return weights.shape().get(2) == 1
          && description.groups() > 1
          && !(pass.bfloat16() && description.filters() > description.groups());
    }

    /*
     * TensorFlow has it at equal strides only, and its gradient in bfloat16 at stride 1: every so
     * many rows and columns of one at smaller strides are taken.
     */
    private Operand<TFloat32> depthwise(
        Pass pass, Operand<TFloat32> map, Operand<TFloat32> kernel, Sliding window) {
      Ops tf = pass.tf();
      Shape perChannel = // [height, width, channels, filters per channel]
          Shape.of(
              window.height(),
              window.width(),
              description.groups(),
              description.filters() / description.groups());
      int stride = pass.bfloat16() ? 1 : IntMath.gcd(window.strideHeight(), window.strideWidth());
      int everyRow = window.strideHeight() / stride;
      int everyColumn = window.strideWidth() / stride;
      boolean all = everyRow == 1 && everyColumn == 1;
      Sliding slid = all ? window : window.withPadding(window.edges(input)).withStride(stride);
      Operand<TFloat32> sums =
          tf.nn.depthwiseConv2dNative(
              slid.padded(tf, map, 0),
              tf.reshape(kernel, tf.constant(perChannel.asArray())),
              slid.strides(),
              slid.algorithm());
      return all
          ? sums
          : tf.stridedSlice(sums, Indices.all(), Indices.step(everyRow), Indices.step(everyColumn));
    }

    /*
     * oneDNN's convolution of one channel and one filter has a wrong gradient at most strides; in
     * bfloat16 one of any number of channels and one filter, and one of an odd number of channels
     * reads foreign memory. Zeros are put beside them.
     */
    private static Operand<TFloat32> dense(
        Pass pass, Operand<TFloat32> map, Operand<TFloat32> kernel, Sliding window) {
      Ops tf = pass.tf();
      Shape shape = kernel.asOutput().shape();
      int channels = pass.bfloat16() ? (int) shape.get(2) % 2 : 0;
      int filters = shape.get(3) == 1 && (pass.bfloat16() || shape.get(2) == 1) ? 1 : 0;
      if (channels + filters == 0) {
        return tf.nn.conv2d(map, kernel, window.strides(), window.algorithm());
      }
      int[][] beside = {{0, 0}, {0, 0}, {0, 0}, {0, channels}};
      int[][] besideKernel = {{0, 0}, {0, 0}, {0, channels}, {0, filters}};
      Operand<TFloat32> zero = tf.constant(0f);
      Operand<TFloat32> wider =
          tf.nn.conv2d(
              tf.pad(map, tf.constant(beside), zero),
              tf.pad(kernel, tf.constant(besideKernel), zero),
              window.strides(),
              window.algorithm());
      return filters == 0
          ? wider
          : tf.slice(
              wider,
              tf.constant(new int[] {0, 0, 0, 0}),
              tf.constant(new int[] {-1, -1, -1, (int) shape.get(3)}));
    }

    /*
     * On a CPU without oneDNN, TensorFlow's convolution in groups has no gradient, and fails where
     * its optimizer makes one operation of it and a bias.
     */
    private Operand<TFloat32> groupByGroup(
        Pass pass, Operand<TFloat32> map, Operand<TFloat32> kernel, Sliding window) {
      Ops tf = pass.tf();
      Operand<TInt32> channels = tf.constant(3);
      long groups = description.groups();
      List<Output<TFloat32>> maps = tf.split(channels, map, groups).output();
      List<Output<TFloat32>> kernels = tf.split(channels, kernel, groups).output();
      List<Operand<TFloat32>> parts = new ArrayList<>();
      for (int group = 0; group < groups; group++) {
        parts.add(dense(pass, maps.get(group), kernels.get(group), window));
      }
      return tf.concat(parts, channels);
    }
  }
}
