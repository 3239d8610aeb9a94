package org.tfemergence.models.export;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.op.Ops;
import org.tfemergence.models.layer.Model;

/**
 * A function that a SavedModel offers.
 *
 * @param name its name
 * @param inputs placeholders by the names callers know them by, at least one
 * @param outputs what comes of them, by name, at least one
 */
public record ServingSignature(
    String name,
    ImmutableMap<String, Operand<?>> inputs,
    ImmutableMap<String, Operand<?>> outputs) {
  private static final String PREDICT_METHOD = "tensorflow/serving/predict";

  /**
   * Creates a function.
   *
   * @throws IllegalArgumentException if the name is blank, or there is no input or output
   */
  public ServingSignature {
    if (name.isBlank() || inputs.isEmpty() || outputs.isEmpty()) {
      throw new IllegalArgumentException(
          "a signature must have a name, inputs and outputs, got '"
              + name
              + "', "
              + inputs.keySet()
              + " and "
              + outputs.keySet());
    }
  }

  /** Adds functions to a graph for serving. */
  @FunctionalInterface
  public interface Maker {
    /**
     * Adds the functions' operations.
     *
     * @param tf where to add them
     * @param model the model, with variables
     * @return the functions
     */
    List<ServingSignature> make(Ops tf, Model.Built model);
  }

  Signature signature() {
    Signature.Builder signature = Signature.builder(name).methodName(PREDICT_METHOD);
    inputs.forEach(signature::input);
    outputs.forEach(signature::output);
    return signature.build();
  }
}
