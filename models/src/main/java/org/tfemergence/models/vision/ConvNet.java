package org.tfemergence.models.vision;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.util.Objects;
import java.util.Optional;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Conv2d;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.Flatten;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pool;

/**
 * A small convolutional network: convolutions of 3 x 3, {@code conv_1 .. conv_k}, each halving the
 * map by a maximum, {@code pool_1 .. pool_k}; dense layers {@code dense_1 ..}; a linear layer
 * {@code logits}.
 *
 * @param image the shape of the images
 * @param filters the filters of each convolution; the map must be at least 2 x 2 before each
 *     pooling
 * @param dense the units of each hidden dense layer
 * @param classes the number of classes, at least 2
 * @param activation the activation of the hidden layers
 * @param normalization of the convolutions, if there is one; they keep their biases
 */
public record ConvNet(
    ImageShape image,
    ImmutableList<Integer> filters,
    ImmutableList<Integer> dense,
    int classes,
    Activation activation,
    Optional<BatchNorm> normalization)
    implements Model {
  /**
   * Creates the description of a network.
   *
   * @throws IllegalArgumentException if there are fewer than two classes, a layer has no unit, or
   *     the map is too small for the poolings
   */
  public ConvNet {
    Objects.requireNonNull(image, "image");
    Objects.requireNonNull(filters, "filters");
    Objects.requireNonNull(dense, "dense");
    Objects.requireNonNull(activation, "activation");
    Objects.requireNonNull(normalization, "normalization");
    Classifier.requireClasses(classes);
    draw(image, filters, dense, classes, activation, normalization);
  }

  /**
   * Returns a network of rectifiers with one hidden dense layer, without normalization.
   *
   * @param image the shape of the images
   * @param classes the number of classes, at least 2
   * @param dense the units of the hidden dense layer
   * @param filters the filters of each convolution
   * @return the network's description
   * @throws IllegalArgumentException as the constructor
   */
  public static ConvNet of(ImageShape image, int classes, int dense, int... filters) {
    return new ConvNet(
        image,
        ImmutableList.copyOf(Ints.asList(filters)),
        ImmutableList.of(dense),
        classes,
        Activation.RELU,
        Optional.empty());
  }

  @Override
  public Blueprint blueprint() {
    return draw(image, filters, dense, classes, activation, normalization);
  }

  private static Blueprint draw(
      ImageShape image,
      ImmutableList<Integer> filters,
      ImmutableList<Integer> dense,
      int classes,
      Activation activation,
      Optional<BatchNorm> normalization) {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(Classifier.input(image));
    for (int i = 1; i <= filters.size(); i++) {
      x =
          plan.add(
              Conv2d.of("conv_" + i, filters.get(i - 1), 3, activation)
                  .withNormalization(normalization),
              x);
      x = plan.add(Pool.max("pool_" + i, 2), x);
    }
    x = plan.add(new Flatten("flatten"), x);
    for (int i = 1; i <= dense.size(); i++) {
      x = plan.add(new Dense("dense_" + i, dense.get(i - 1), activation), x);
    }
    return plan.build(plan.add(new Dense("logits", classes, Activation.LINEAR), x));
  }
}
