package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.models.text.Transformer;

final class InputSpecTest {
  @Test
  void limit_ofTheTransformer_isEachVocabulary() {
    assertThat(Transformer.tiny(11, 13).blueprint().inputs())
        .containsExactly(
            new InputSpec("source", TInt32.class, Shape.of(16), OptionalInt.of(11)),
            new InputSpec("target", TInt32.class, Shape.of(16), OptionalInt.of(13)));
    assertThat(new InputSpec("x", TFloat32.class, Shape.of(3)).limit()).isEmpty();
  }

  @Test
  void batchShape_ofIds_isFreeInPositions() {
    assertThat(InputSpec.ids("x", 16, 3).batchShape().asArray()).containsExactly(-1, -1);
    assertThat(new InputSpec("x", TFloat32.class, Shape.of(8, 8, 3)).batchShape().asArray())
        .containsExactly(-1, 8, 8, 3);
    assertThat(new InputSpec("x", TInt32.class, Shape.scalar()).batchShape().asArray())
        .containsExactly(-1);
  }

  @Test
  void limit_doesNotSuit_isRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InputSpec.ids("x", 3, 0))
        .withMessage("input 'x': the limit must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InputSpec.ids("x", 0, 2))
        .withMessageContaining("input 'x': dimensions must be at least 1, got");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new InputSpec("x", TFloat32.class, Shape.of(3), OptionalInt.of(2)))
        .withMessage("input 'x': only int32 ids have a limit, got TFloat32");
  }
}
