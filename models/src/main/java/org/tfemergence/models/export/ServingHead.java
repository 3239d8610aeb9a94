package org.tfemergence.models.export;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;
import org.tfemergence.models.data.PixelScaling;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;

/** The signatures that every export has: what the model makes of its inputs. */
/*
 * Of pixels there are two. The one that callers find takes the bytes, so that none can forget what
 * the training did with them; the other takes what comes of that. Each has operations of its own:
 * TensorFlow shares the variables, and who takes one does not carry the other along.
 */
final class ServingHead {
  private static final String DEFAULT = "serving_default";
  private static final String SCALED = "scaled";
  private static final double GREATEST = 255;

  private ServingHead() {}

  /**
   * Adds the signatures.
   *
   * @param pixels how numbers are made of bytes; empty if the model gets numbers
   */
  static List<ServingSignature> build(
      Ops tf, Model model, Model.Built built, Optional<PixelScaling> pixels) {
    if (pixels.isEmpty()) {
      return List.of(ofNumbers(tf, DEFAULT, model, built));
    }
    InputSpec input = model.blueprint().inputs().get(0);
    Placeholder<TUint8> bytes =
        tf.withName(input.name()).placeholder(TUint8.class, Placeholder.shape(input.batchShape()));
    return List.of(
        signature(
            tf,
            DEFAULT,
            ImmutableMap.of(input.name(), bytes),
            built,
            List.of(scaled(tf.withSubScope("pixels"), bytes, input, pixels.get()))),
        ofNumbers(tf.withSubScope(SCALED), SCALED, model, built));
  }

  /** Refuses a model that does not take pixels of as many channels. */
  static void requireTakes(Model model, PixelScaling pixels) {
    ImmutableList<InputSpec> inputs = model.blueprint().inputs();
    int channels = pixels.mean().size();
    if (inputs.size() != 1 || inputs.get(0).type() != TFloat32.class) {
      throw new IllegalArgumentException(
          "pixels go into a model with one input of float32, got " + inputs);
    }
    Shape shape = inputs.get(0).shape();
    boolean flat = shape.numDimensions() == 1;
    if (flat ? shape.get(0) % channels != 0 : shape.get(-1) != channels) {
      throw new IllegalArgumentException(
          "scaling must be of the channels of input '"
              + inputs.get(0).name()
              + "' "
              + shape
              + ", got "
              + channels);
    }
  }

  private static ServingSignature ofNumbers(Ops tf, String name, Model model, Model.Built built) {
    ImmutableMap.Builder<String, Operand<?>> inputs = ImmutableMap.builder();
    List<Operand<?>> passed = new ArrayList<>();
    for (InputSpec input : model.blueprint().inputs()) {
      Operand<?> placeholder =
          tf.withName(input.name())
              .placeholder(input.type(), Placeholder.shape(input.batchShape()));
      inputs.put(input.name(), placeholder);
      passed.add(placeholder);
    }
    return signature(tf, name, inputs.buildOrThrow(), built, passed);
  }

  private static ServingSignature signature(
      Ops tf,
      String name,
      ImmutableMap<String, Operand<?>> inputs,
      Model.Built built,
      List<Operand<?>> passed) {
    Operand<TFloat32> logits = tf.withName("logits_output").identity(logits(tf, built, passed));
    Operand<TFloat32> probabilities = tf.withName("probabilities").nn.softmax(logits);
    return new ServingSignature(
        name, inputs, ImmutableMap.of("logits", logits, "probabilities", probabilities));
  }

  private static Operand<TFloat32> logits(Ops tf, Model.Built built, List<Operand<?>> inputs) {
    Pass pass = Pass.inference(tf.withSubScope("serve"));
    if (inputs.stream().noneMatch(ServingHead::isOfMaps)) {
      return built.call(pass, inputs.stream().map(Value::of).toList()).logits();
    }
    NeverEmpty batch = NeverEmpty.of(tf.withSubScope("batch"), inputs.get(0));
    List<Value> filled =
        inputs.stream().<Value>map(input -> Value.of(batch.filled(input))).toList();
    return batch.given(built.call(pass, filled).logits());
  }

  /* [batch, height, width, channels] */
  private static boolean isOfMaps(Operand<?> input) {
    return input.asOutput().shape().numDimensions() == 4;
  }

  /* (byte / 255 - mean) / deviation is (byte - 255 mean) / (255 deviation). Channels come last. */
  private static Operand<TFloat32> scaled(
      Ops tf, Operand<TUint8> bytes, InputSpec input, PixelScaling scaling) {
    int channels = scaling.mean().size();
    int row = channels == 1 ? 1 : Math.toIntExact(input.shape().get(-1));
    float[] subtracted = new float[row];
    float[] divisor = new float[row];
    for (int i = 0; i < row; i++) {
      subtracted[i] = (float) (GREATEST * scaling.mean().get(i % channels));
      divisor[i] = (float) (GREATEST * scaling.deviation().get(i % channels));
    }
    Operand<TFloat32> numbers = tf.dtypes.cast(bytes, TFloat32.class);
    return tf.math.div(tf.math.sub(numbers, tf.constant(subtracted)), tf.constant(divisor));
  }
}
