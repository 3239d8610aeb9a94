package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Locale;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.FormatLocale;
import org.tfemergence.emergence.testing.GraphRun;

@SuppressWarnings("try") // a locale that is set is not otherwise referenced
final class GraphLimitsTest {
  @ParameterizedTest
  @ValueSource(strings = {"ar-EG", "fa-IR", "bn-BD", "mr-IN", "ne-NP", "my-MM", "en-US-u-nu-arab"})
  void plainDigits_ofALocaleWithItsOwn_areRefused(String tag) {
    try (FormatLocale locale = new FormatLocale(tag)) {
      assertThatIllegalStateException()
          .isThrownBy(GraphLimits::requirePlainDigits)
          .withMessage(
              "the default locale for formatting must write the digits 0 to 9, by which TensorFlow"
                  + " Java numbers operations, got "
                  + tag
                  + "; call Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT) first");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"en-US", "de-DE", "tr-TR", "ar-EG-u-nu-latn", "th-TH", "und"})
  void plainDigits_ofOthers_areTaken(String tag) {
    try (FormatLocale locale = new FormatLocale(tag);
        GraphRun run = new GraphRun()) {
      GraphLimits.requirePlainDigits();
      run.tf().constant(1);
      assertThat(run.tf().constant(2).op().name()).isEqualTo("Const_1");
    }
  }

  /** That it is TensorFlow Java that fails, and that what the message advises helps. */
  @Test
  void tensorFlow_inALocaleWithItsOwnDigits_runsNoSecondOperation() {
    try (FormatLocale locale = new FormatLocale("ar-EG")) {
      assertThatExceptionOfType(RuntimeException.class).isThrownBy(GraphLimitsTest::sum);
      Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
      assertThat(sum()).containsExactly(5);
    }
  }

  private static float[] sum() {
    try (GraphRun run = new GraphRun()) {
      return run.floats(run.tf().math.add(run.tf().constant(2f), run.tf().constant(3f)));
    }
  }

  @Test
  void handles_inALocaleWithItsOwnDigits_areRefused() {
    try (GraphRun run = new GraphRun()) {
      Variable<TFloat32> variable = run.tf().variable(Shape.of(2, 3), TFloat32.class);
      VarHandleOp resource =
          run.tf().varHandleOp(TFloat32.class, Shape.of(2), VarHandleOp.sharedName("a"));
      Operand<TFloat32> values = placeholder(run, Shape.of(-1, 3));
      try (FormatLocale locale = new FormatLocale("fa-IR")) {
        for (ThrowingCallable handle :
            new ThrowingCallable[] {
              () -> Weight.of(variable), () -> Weight.of(resource), () -> new Tap("a", values)
            }) {
          assertThatIllegalStateException()
              .isThrownBy(handle)
              .withMessageContainingAll("fa-IR", "Locale.setDefault");
        }
      }
      assertThat(Weight.of(variable).shape()).isEqualTo(Shape.of(2, 3));
    }
  }

  /** Of 2^63 bytes TensorFlow ends the process. */
  @Test
  void handles_ofMoreThanTensorFlowHolds_areRefused() {
    try (GraphRun run = new GraphRun()) {
      Shape shape = Shape.of(1L << 31, 1L << 30);
      VarHandleOp resource =
          run.tf().varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName("a"));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Weight.of(resource))
          .withMessage("variable 'a' must have less than 2^61 values, got shape " + shape);
      Operand<TFloat32> values = placeholder(run, Shape.of(-1, 1L << 31, 1L << 30));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Tap("b", values))
          .withMessageContainingAll("tap of layer 'b'", "2^61", "1073741824");
    }
  }

  @Test
  void size_isThatOfKnownDimensions() {
    GraphLimits.requireSize("it", Shape.of(-1, (1L << 61) - 1));
    GraphLimits.requireSize("it", Shape.scalar());
    GraphLimits.requireSize("it", Shape.of(0, 5));
    for (Shape shape :
        new Shape[] {
          Shape.of(-1, 1L << 61), Shape.of(1L << 32, 1L << 32), Shape.of(1L << 31, 1L << 32)
        }) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> GraphLimits.requireSize("it", shape))
          .withMessage("it must have less than 2^61 values, got shape " + shape);
    }
  }

  private static Operand<TFloat32> placeholder(GraphRun run, Shape shape) {
    return run.tf().placeholder(TFloat32.class, Placeholder.shape(shape));
  }
}
