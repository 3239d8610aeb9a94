package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.data.HostArray;

final class TensorPoolTest {
  /** TensorFlow's classes keep pointers of their own once they are loaded. */
  @BeforeAll
  static void loadTensorFlow() {
    TFloat32.scalarOf(0).close();
  }

  @Test
  void fill_sameShape_takesTheTensorGivenBack() {
    try (TensorPool pool = new TensorPool()) {
      Tensor tensor;
      try (TensorPool.Filled filled = pool.fill(floats(1, 2), Shape.of(2))) {
        tensor = filled.tensor();
      }
      try (TensorPool.Filled filled = pool.fill(floats(3, 4), Shape.of(2));
          TensorPool.Filled another = pool.fill(floats(5, 6), Shape.of(2))) {
        assertThat(filled.tensor()).isSameAs(tensor);
        assertThat(((TFloat32) tensor).getFloat(0)).isEqualTo(3);
        assertThat(((TFloat32) another.tensor()).getFloat(0)).isEqualTo(5);
      }
    }
  }

  @Test
  void fill_manyShapes_keepsFew() {
    long before = Pointer.totalCount();
    try (TensorPool pool = new TensorPool()) {
      for (int size = 1; size <= 2_000; size++) {
        pool.fill(floats(new float[size]), Shape.of(size)).close();
      }
      assertThat(Pointer.totalCount() - before).isLessThan(500);
    }
    assertThat(Pointer.totalCount() - before).isLessThan(50);
  }

  @Test
  void fill_valuesOfAnotherNumber_leavesNothingOpen() {
    long before = Pointer.totalCount();
    try (TensorPool pool = new TensorPool()) {
      assertThatThrownBy(() -> pool.fill(floats(1), Shape.of(2)));
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before); // less, if a collector ran
  }

  private static HostArray floats(float... values) {
    return new HostArray.Floats(values, Shape.of(values.length));
  }
}
