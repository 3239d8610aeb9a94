package org.tfemergence.models.vision;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Model;

/**
 * A residual network (He et al., arXiv 1512.03385): a stem {@code stem/conv}; stages of blocks
 * {@code stage_1/block_1 ..}, each the sum of a branch of convolutions {@code conv_1 ..} and a
 * shortcut, with a rectifier behind; the mean over the map; a linear layer {@code logits}.
 *
 * <p>The first block of each stage but the first halves the map, in its first convolution of 3 x 3
 * (so, in blocks of three, in the second, as PyTorch does; the paper strides in the first). Strided
 * windows are padded evenly on all sides, as PyTorch's. Convolutions have a bias only where no
 * normalization follows.
 *
 * @param image the shape of the images
 * @param stem how it begins
 * @param stemFilters the number of filters of the stem, at least 1
 * @param stages the blocks of each stage
 * @param shortcut what a shortcut does where a block changes the map's shape
 * @param classes the number of classes, at least 2
 * @param normalization of the convolutions, if there is one
 */
public record ResNet(
    ImageShape image,
    Stem stem,
    int stemFilters,
    ImmutableList<ImmutableList<ResidualBlock>> stages,
    Shortcut shortcut,
    int classes,
    Optional<BatchNorm> normalization)
    implements Model {
  /** How the network begins. */
  public enum Stem {
    /** For large images: a convolution of 7 x 7 at stride 2, a maximum over 3 x 3 at stride 2. */
    IMAGENET,
    /** For small ones: a convolution of 3 x 3. */
    CIFAR
  }

  /** What a shortcut does where a block changes the map's shape; else it is the identity. */
  public enum Shortcut {
    /** A convolution of 1 x 1: option B of the paper, and its choice for ImageNet. */
    PROJECTION,
    /** Leaves out positions and adds channels of zeros: option A, its choice for CIFAR-10. */
    PADDING
  }

  /* Table 1 of the paper: the blocks of each of the four stages. */
  private static final ImmutableMap<Integer, ImmutableList<Integer>> BLOCKS =
      ImmutableMap.of(
          18, ImmutableList.of(2, 2, 2, 2),
          34, ImmutableList.of(3, 4, 6, 3),
          50, ImmutableList.of(3, 4, 6, 3),
          101, ImmutableList.of(3, 4, 23, 3));

  /**
   * Creates the description of a network.
   *
   * @throws IllegalArgumentException if there are fewer than two classes, the stem has no filter,
   *     or a sum is of different shapes
   */
  public ResNet {
    Objects.requireNonNull(image, "image");
    Objects.requireNonNull(stem, "stem");
    Objects.requireNonNull(stages, "stages");
    Objects.requireNonNull(shortcut, "shortcut");
    Objects.requireNonNull(normalization, "normalization");
    Classifier.requireClasses(classes);
    ResNetPlan.draw(image, stem, stemFilters, stages, shortcut, classes, normalization);
  }

  /**
   * Returns the paper's network for CIFAR-10, of three stages of 16, 32 and 64 filters, with option
   * A shortcuts and PyTorch's normalization.
   *
   * @param depth 6 n + 2, such as 20, 56 or 110
   * @param classes the number of classes, at least 2
   * @return the network's description
   * @throws IllegalArgumentException if the depth is another number, or there are too few classes
   */
  public static ResNet cifar(int depth, int classes) {
    if (depth < 8 || depth % 6 != 2) {
      throw new IllegalArgumentException("depth must be 6 n + 2, n at least 1, got " + depth);
    }
    int blocks = (depth - 2) / 6;
    return new ResNet(
        ImageShape.CIFAR,
        Stem.CIFAR,
        16,
        ImmutableList.of(
            stage(blocks, ResidualBlock.of(16, 16)),
            stage(blocks, ResidualBlock.of(32, 32)),
            stage(blocks, ResidualBlock.of(64, 64))),
        Shortcut.PADDING,
        classes,
        Optional.of(BatchNorm.PYTORCH));
  }

  /**
   * Returns the paper's network for ImageNet, of four stages from 64 filters on, with projections
   * and PyTorch's normalization.
   *
   * @param depth 18 or 34, of blocks of two; 50 or 101, of blocks of three
   * @param classes the number of classes, at least 2
   * @return the network's description
   * @throws IllegalArgumentException if there is no network of that depth, or too few classes
   */
  public static ResNet imageNet(int depth, int classes) {
    return new ResNet(
        ImageShape.IMAGENET,
        Stem.IMAGENET,
        64,
        stages(depth),
        Shortcut.PROJECTION,
        classes,
        Optional.of(BatchNorm.PYTORCH));
  }

  /**
   * Returns this network for small images, of 32 x 32: with the stem that keeps the map's size.
   *
   * @return the network's description
   */
  public ResNet withCifarStem() {
    return new ResNet(
        ImageShape.CIFAR, Stem.CIFAR, stemFilters, stages, shortcut, classes, normalization);
  }

  /**
   * Returns this network for images of another shape; it has the same variables.
   *
   * @param other the shape of the images
   * @return the network's description
   */
  public ResNet withImage(ImageShape other) {
    return new ResNet(other, stem, stemFilters, stages, shortcut, classes, normalization);
  }

  /**
   * Returns this network without normalization; its convolutions then have biases.
   *
   * @return the network's description
   */
  public ResNet withoutNormalization() {
    return new ResNet(image, stem, stemFilters, stages, shortcut, classes, Optional.empty());
  }

  /**
   * Returns this network with other numbers of filters.
   *
   * @param others as {@link #stages}
   * @return the network's description
   * @throws IllegalArgumentException if they do not suit each other
   */
  public ResNet withStages(ImmutableList<ImmutableList<ResidualBlock>> others) {
    return new ResNet(image, stem, stemFilters, others, shortcut, classes, normalization);
  }

  @Override
  public Blueprint blueprint() {
    return ResNetPlan.draw(image, stem, stemFilters, stages, shortcut, classes, normalization);
  }

  private static ImmutableList<ImmutableList<ResidualBlock>> stages(int depth) {
    ImmutableList<Integer> blocks = BLOCKS.get(depth);
    if (blocks == null) {
      throw new IllegalArgumentException(
          "depth must be one of " + BLOCKS.keySet() + ", got " + depth);
    }
    ImmutableList.Builder<ImmutableList<ResidualBlock>> stages = ImmutableList.builder();
    for (int i = 0; i < blocks.size(); i++) {
      int filters = 64 << i;
      stages.add(
          stage(
              blocks.get(i),
              depth < 50
                  ? ResidualBlock.of(filters, filters)
                  : ResidualBlock.of(filters, filters, 4 * filters)));
    }
    return stages.build();
  }

  private static ImmutableList<ResidualBlock> stage(int blocks, ResidualBlock block) {
    return ImmutableList.copyOf(Collections.nCopies(blocks, block));
  }
}
