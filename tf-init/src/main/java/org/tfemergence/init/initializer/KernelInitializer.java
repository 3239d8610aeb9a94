package org.tfemergence.init.initializer;

import org.tensorflow.Operand;
import org.tensorflow.framework.initializers.Initializer;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tfemergence.init.plan.DepthProfile;
import org.tfemergence.init.plan.Fans;

/**
 * Draws the initial values of kernels.
 *
 * <p>Immutable. Equal seeds give equal values, so initialize every variable through {@link #named}
 * or with a seed of its own.
 */
public interface KernelInitializer extends Initializer<TFloat32>, InitScheme {
  /**
   * Returns the seed of the values; a layer that draws its weights by a rule of its own derives its
   * seeds from it.
   *
   * @return the seed
   */
  long seed();

  /**
   * Returns the standard deviation of the values.
   *
   * @param shape the kernel's shape
   * @return the standard deviation, of the distribution as it is drawn
   * @throws IllegalArgumentException if the shape has no {@link Fans}
   */
  double standardDeviation(Shape shape);

  /**
   * Adds the operations that draw a kernel's values.
   *
   * @param tf where to add them
   * @param shape the kernel's shape: fully known, input and output channels last
   * @return the values
   * @throws IllegalArgumentException if the shape has no {@link Fans}
   * @throws IllegalStateException if the default locale has digits of its own
   */
  Operand<TFloat32> call(Ops tf, Shape shape);

  /**
   * Returns the same initializer with a random stream of its own for a variable.
   *
   * @param variable the variable's name
   * @return an initializer whose seed is derived from this one's and the name
   */
  KernelInitializer named(String variable);

  /**
   * Adds the operations that draw a kernel's values.
   *
   * @param tf where to add them
   * @param dims the kernel's shape; anything but a constant costs a session of its own
   * @param type float32
   * @return the values
   */
  @Override
  default Operand<TFloat32> call(Ops tf, Operand<TInt64> dims, Class<TFloat32> type) {
    return call(tf, StaticShape.of(tf, dims));
  }

  @Override
  default KernelInitializer base() {
    return this;
  }

  @Override
  default DepthProfile profile() {
    return DepthProfile.none();
  }
}
