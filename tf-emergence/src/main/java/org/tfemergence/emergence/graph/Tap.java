package org.tfemergence.emergence.graph;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;
import org.tfemergence.emergence.activity.Granularity;

/**
 * Where a layer's activations can be read in a graph.
 *
 * @param layer the layer's name
 * @param activations the layer's output after its activation function, [batch, ..., channels]; all
 *     dimensions but the first must be known
 * @param mask which positions are real and which are padding, if some are: of the activations'
 *     shape without the channels, such as [batch, positions] for a sequence, or [batch] where whole
 *     examples are padding; bool, or float32 in which 1 is real and 0 is padding
 * @param kernelOutput of a layer with a normalization, what its kernel gives, bias added, before
 *     it; of the activations' shape
 */
public record Tap(
    String layer,
    Operand<TFloat32> activations,
    Optional<Operand<? extends TType>> mask,
    Optional<Operand<TFloat32>> kernelOutput) {
  /**
   * Creates a tap.
   *
   * @throws IllegalArgumentException if the activations have no batch dimension, another unknown
   *     dimension, no unit or 2^61 and more, if the mask is of another shape or type, or if the
   *     kernel's output is of another shape
   * @throws IllegalStateException if the default locale has digits of its own
   */
  public Tap {
    Objects.requireNonNull(layer, "layer");
    Objects.requireNonNull(activations, "activations");
    Objects.requireNonNull(mask, "mask");
    Objects.requireNonNull(kernelOutput, "kernelOutput");
    GraphLimits.requirePlainDigits();
    Shape shape = activations.asOutput().shape();
    if (shape.isUnknown() || shape.numDimensions() < 2 || shape.tail().hasUnknownDimension()) {
      throw new IllegalArgumentException(
          "tap of layer '"
              + layer
              + "': expected [batch, ...] with known dimensions behind the"
              + " first, got "
              + shape);
    }
    GraphLimits.requireSize("tap of layer '" + layer + "'", shape);
    if (shape.tail().size() < 1) {
      throw new IllegalArgumentException(
          "tap of layer '" + layer + "': expected at least one unit, got " + shape);
    }
    if (mask.isPresent()) {
      requireMask(layer, shape, mask.get());
    }
    if (kernelOutput.isPresent()) {
      requireSameShape(layer, shape, kernelOutput.get().asOutput().shape());
    }
  }

  /**
   * Creates a tap of activations without padding.
   *
   * @param layer the layer's name
   * @param activations the layer's output after its activation function, [batch, ..., channels]
   * @throws IllegalArgumentException if the activations have no batch dimension or another unknown
   *     dimension
   */
  public Tap(String layer, Operand<TFloat32> activations) {
    this(layer, activations, Optional.empty(), Optional.empty());
  }

  /**
   * Returns this tap with padding left out.
   *
   * @param real which positions are not padding: of the activations' shape without the channels;
   *     bool, or float32 in which 1 is real and 0 is padding
   * @return the tap
   * @throws IllegalArgumentException if the mask is of another shape or type
   */
  public Tap masked(Operand<? extends TType> real) {
    return new Tap(layer, activations, Optional.of(real), kernelOutput);
  }

  /**
   * Returns this tap of a layer with a normalization, with what comes before it.
   *
   * @param output what the kernel gives, bias added, of the activations' shape
   * @return the tap
   * @throws IllegalArgumentException if the output is of another shape than the activations
   */
  public Tap withKernelOutput(Operand<TFloat32> output) {
    return new Tap(layer, activations, mask, Optional.of(output));
  }

  /**
   * Returns the tap of this layer at a point, padding left out as here.
   *
   * @param point where to read
   * @return a tap whose activations are the values at the point; this one where the layer is read
   *     behind everything, or has no normalization
   */
  public Tap at(TapPoint point) {
    return switch (point) {
      case ACTIVATION -> this;
      case BEFORE_NORMALIZATION ->
          kernelOutput.map(output -> new Tap(layer, output, mask, Optional.empty())).orElse(this);
    };
  }

  /**
   * Returns the shape of the layer's output for one example.
   *
   * @return the activations' shape without the batch dimension
   */
  public Shape unitShape() {
    return activations.asOutput().shape().tail();
  }

  /**
   * Returns the number of the layer's units.
   *
   * @return the number of values in the output for one example
   */
  public long units() {
    return unitShape().size();
  }

  /**
   * Returns how many units of the layer are counted, n.
   *
   * @param granularity what counts as one unit
   * @return the number of the layer's units or of its channels
   */
  public long units(Granularity granularity) {
    return granularity == Granularity.CHANNELS ? unitShape().get(-1) : units();
  }

  private static void requireSameShape(String layer, Shape activations, Shape output) {
    if (output.isUnknown()
        || !output.isCompatibleWith(activations)
        || !Arrays.equals(output.tail().asArray(), activations.tail().asArray())) {
      throw new IllegalArgumentException(
          "tap of layer '"
              + layer
              + "': expected a kernel output of the activations' shape "
              + activations
              + ", got "
              + output);
    }
  }

  private static void requireMask(String layer, Shape activations, Operand<?> mask) {
    Shape expected = activations.take(activations.numDimensions() - 1);
    Shape shape = mask.asOutput().shape();
    boolean typed = mask.type() == TBool.class || mask.type() == TFloat32.class;
    if (!typed
        || shape.isUnknown()
        || !shape.isCompatibleWith(expected)
        || !Arrays.equals(shape.tail().asArray(), expected.tail().asArray())) {
      throw new IllegalArgumentException(
          "tap of layer '"
              + layer
              + "': expected a mask "
              + expected
              + " of bool or float32, got "
              + shape
              + " of "
              + mask.type().getSimpleName());
    }
  }
}
