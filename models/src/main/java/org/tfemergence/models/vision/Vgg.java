package org.tfemergence.models.vision;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Conv2d;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.Dropout;
import org.tfemergence.models.layer.Flatten;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pool;

/**
 * A VGG network (Simonyan and Zisserman, arXiv 1409.1556): stages of convolutions of 3 x 3 with
 * rectifiers, {@code conv_1 .. conv_k}, each stage ended by a maximum over 2 x 2, {@code pool_1
 * ..}; dense layers {@code dense_1 ..} with dropout behind each, {@code dropout_1 ..}; a linear
 * layer {@code logits}.
 *
 * @param image the shape of the images
 * @param stages the filters of each convolution, by stage
 * @param dense the units of each hidden dense layer; none in the form for small images
 * @param classes the number of classes, at least 2
 * @param dropout the rate of dropout behind each hidden dense layer, in [0, 1)
 * @param normalization of the convolutions, if there is one; they keep their biases
 */
public record Vgg(
    ImageShape image,
    ImmutableList<ImmutableList<Integer>> stages,
    ImmutableList<Integer> dense,
    int classes,
    double dropout,
    Optional<BatchNorm> normalization)
    implements Model {
  /* Table 1 of the paper: A, B, D and E; how many convolutions each of the five stages has. */
  private static final ImmutableMap<Integer, ImmutableList<Integer>> CONVOLUTIONS =
      ImmutableMap.of(
          11, ImmutableList.of(1, 1, 2, 2, 2),
          13, ImmutableList.of(2, 2, 2, 2, 2),
          16, ImmutableList.of(2, 2, 3, 3, 3),
          19, ImmutableList.of(2, 2, 4, 4, 4));
  private static final ImmutableList<Integer> FILTERS = ImmutableList.of(64, 128, 256, 512, 512);

  /**
   * Creates the description of a network.
   *
   * @throws IllegalArgumentException if there are fewer than two classes, a layer has no unit, the
   *     rate is out of its range, or the map is too small for the poolings
   */
  public Vgg {
    Objects.requireNonNull(image, "image");
    Objects.requireNonNull(stages, "stages");
    Objects.requireNonNull(dense, "dense");
    Objects.requireNonNull(normalization, "normalization");
    Classifier.requireClasses(classes);
    draw(image, stages, dense, classes, dropout, normalization);
  }

  /**
   * Returns the form for images of 32 x 32: one dense layer, the logits, without normalization.
   *
   * @param depth 11, 13, 16 or 19
   * @param classes the number of classes, at least 2
   * @return the network's description
   * @throws IllegalArgumentException if there is no network of that depth, or too few classes
   */
  public static Vgg cifar(int depth, int classes) {
    return new Vgg(
        ImageShape.CIFAR, stages(depth), ImmutableList.of(), classes, 0, Optional.empty());
  }

  /**
   * Returns the form for images of 224 x 224: two hidden dense layers of 4,096 units with dropout
   * of one half, without normalization.
   *
   * @param depth 11, 13, 16 or 19
   * @param classes the number of classes, at least 2
   * @return the network's description
   * @throws IllegalArgumentException if there is no network of that depth, or too few classes
   */
  public static Vgg imageNet(int depth, int classes) {
    return new Vgg(
        ImageShape.IMAGENET,
        stages(depth),
        ImmutableList.of(4096, 4096),
        classes,
        0.5,
        Optional.empty());
  }

  /**
   * Returns this network with normalized convolutions.
   *
   * @param other the normalization
   * @return the network's description
   */
  public Vgg withNormalization(BatchNorm other) {
    return new Vgg(image, stages, dense, classes, dropout, Optional.of(other));
  }

  /**
   * Returns this network with other numbers of filters.
   *
   * @param filters of each convolution, in order, as many as there are
   * @return the network's description
   * @throws IllegalArgumentException if there are more or fewer, or a number is less than 1
   */
  public Vgg withFilters(List<Integer> filters) {
    int convolutions = stages.stream().mapToInt(List::size).sum();
    if (filters.size() != convolutions) {
      throw new IllegalArgumentException(
          "filters must be given for " + convolutions + " convolutions, got " + filters.size());
    }
    ImmutableList.Builder<ImmutableList<Integer>> others = ImmutableList.builder();
    int first = 0;
    for (ImmutableList<Integer> stage : stages) {
      others.add(ImmutableList.copyOf(filters.subList(first, first + stage.size())));
      first += stage.size();
    }
    return new Vgg(image, others.build(), dense, classes, dropout, normalization);
  }

  @Override
  public Blueprint blueprint() {
    return draw(image, stages, dense, classes, dropout, normalization);
  }

  private static ImmutableList<ImmutableList<Integer>> stages(int depth) {
    ImmutableList<Integer> convolutions = CONVOLUTIONS.get(depth);
    if (convolutions == null) {
      throw new IllegalArgumentException(
          "depth must be one of " + CONVOLUTIONS.keySet() + ", got " + depth);
    }
    ImmutableList.Builder<ImmutableList<Integer>> stages = ImmutableList.builder();
    for (int i = 0; i < FILTERS.size(); i++) {
      stages.add(ImmutableList.copyOf(Collections.nCopies(convolutions.get(i), FILTERS.get(i))));
    }
    return stages.build();
  }

  private static Blueprint draw(
      ImageShape image,
      ImmutableList<ImmutableList<Integer>> stages,
      ImmutableList<Integer> dense,
      int classes,
      double dropout,
      Optional<BatchNorm> normalization) {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(Classifier.input(image));
    int convolution = 0;
    for (int stage = 1; stage <= stages.size(); stage++) {
      for (int filters : stages.get(stage - 1)) {
        convolution++;
        x =
            plan.add(
                Conv2d.of("conv_" + convolution, filters, 3, Activation.RELU)
                    .withNormalization(normalization),
                x);
      }
      x = plan.add(Pool.max("pool_" + stage, 2), x);
    }
    x = plan.add(new Flatten("flatten"), x);
    for (int i = 1; i <= dense.size(); i++) {
      x = plan.add(new Dense("dense_" + i, dense.get(i - 1), Activation.RELU), x);
      x = plan.add(new Dropout("dropout_" + i, dropout), x);
    }
    return plan.build(plan.add(new Dense("logits", classes, Activation.LINEAR), x));
  }
}
