package org.tfemergence.emergence.graph;

import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;

/**
 * An output of a graph that knows what its value says. It is fetched like any other, and read by
 * itself, so that no other output's value is taken for its own:
 *
 * <pre>{@code
 * try (Result result = session.runner().fetch(probe.restart()).run()) {
 *   ActivityCounts counts = probe.restart().read(result);
 * }
 * }</pre>
 *
 * @param <V> what its value says
 */
public final class Readout<V> implements Operand<TFloat64> {
  private final Operand<TFloat64> output;
  private final Function<double[], V> meaning;

  private Readout(Operand<TFloat64> output, Function<double[], V> meaning) {
    this.output = output;
    this.meaning = meaning;
  }

  /**
   * Gives an output a meaning.
   *
   * @param output the output
   * @param meaning makes what it says of its values, row-major
   * @param <V> what its value says
   * @return the same output, which can be read
   */
  public static <V> Readout<V> of(Operand<TFloat64> output, Function<double[], V> meaning) {
    return new Readout<>(output, meaning);
  }

  /**
   * Adds the same output behind other effects.
   *
   * @param after the graph, with the control dependencies that the other output has
   * @return an output of the same value and meaning
   */
  public Readout<V> behind(Ops after) {
    return new Readout<>(after.identity(output), meaning);
  }

  /**
   * Reads what a run fetched.
   *
   * @param result the result of a run that fetched this
   * @return what the value says, in Java's memory
   * @throws IllegalArgumentException if the run did not fetch this
   */
  public V read(Result result) {
    String name = asOutput().name();
    return read(
        result
            .get(name)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "result must hold output '" + name + "', holds " + result.keySet())));
  }

  /**
   * Reads what a loop fetched, and handed to a callback.
   *
   * @param value the value of this output
   * @return what it says, in Java's memory
   * @throws IllegalArgumentException if it is of another type or shape than this output
   */
  public V read(Tensor value) {
    Shape shape = asOutput().shape();
    if (!(value instanceof TFloat64) || !shape.isCompatibleWith(value.shape())) {
      throw new IllegalArgumentException(
          "value of output '"
              + asOutput().name()
              + "' must be of DT_DOUBLE"
              + shape
              + ", got "
              + value.dataType()
              + value.shape());
    }
    double[] values = new double[Math.toIntExact(value.shape().size())];
    value.asRawTensor().data().asDoubles().read(values);
    return meaning.apply(values);
  }

  @Override
  public Output<TFloat64> asOutput() {
    return output.asOutput();
  }

  @Override
  public Operation op() {
    return output.op();
  }
}
