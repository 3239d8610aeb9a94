package org.tfemergence.models.data;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.SplittableRandom;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.init.initializer.Seeds;
import org.tfemergence.models.augment.Augmentation;
import org.tfemergence.models.augment.ImageShape;

/**
 * Images with their classes, in memory as bytes: a quarter of what float32 takes. They become
 * numbers when a batch is gathered, {@code (byte / 255 - mean) / deviation} by channel, and are
 * then varied at random if it is for training. Immutable as long as the arrays it was given are
 * left alone.
 */
public final class ImageData implements Dataset {
  private final byte[] pixels;
  private final ImageShape shape;
  private final LabelArray labels;
  private final PixelScaling scaling;
  private final ImmutableList<Augmentation> augmentations;

  private ImageData(
      byte[] pixels,
      ImageShape shape,
      LabelArray labels,
      PixelScaling scaling,
      ImmutableList<Augmentation> augmentations) {
    this.pixels = pixels;
    this.shape = shape;
    this.labels = labels;
    this.scaling = scaling;
    this.augmentations = augmentations;
  }

  /**
   * Returns a data set whose values are from 0 to 1, not varied; the arrays are not copied.
   *
   * @param pixels the images one after the other, each [height, width, channels], bytes without
   *     sign
   * @param shape the shape of each image
   * @param labels the class of each image, at least one
   * @param classes the number of classes, at least 2
   * @return the data set
   * @throws IllegalArgumentException if there is no image, the number of pixels is not that of the
   *     images, or a label is not in [0, classes)
   */
  public static ImageData of(byte[] pixels, ImageShape shape, int[] labels, int classes) {
    if (pixels.length != (long) labels.length * shape.values()) {
      throw new IllegalArgumentException(
          labels.length
              + " images of "
              + shape
              + " must have "
              + (long) labels.length * shape.values()
              + " values, got "
              + pixels.length);
    }
    return new ImageData(
        pixels,
        shape,
        new LabelArray(labels, classes),
        PixelScaling.none(shape.channels()),
        ImmutableList.of());
  }

  /**
   * Returns these images, scaled in another way.
   *
   * @param other what to subtract and to divide by
   * @return the data set, sharing the arrays
   * @throws IllegalArgumentException if it is of another number of channels
   */
  public ImageData withScaling(PixelScaling other) {
    if (other.mean().size() != shape.channels()) {
      throw new IllegalArgumentException(
          "scaling must be of " + shape.channels() + " channels, got " + other.mean().size());
    }
    return new ImageData(pixels, shape, labels, other, augmentations);
  }

  /**
   * Returns these images, varied at random when they are gathered for training.
   *
   * @param variations what is done to each, in this order
   * @return the data set, sharing the arrays
   */
  public ImageData withAugmentation(Augmentation... variations) {
    return new ImageData(pixels, shape, labels, scaling, ImmutableList.copyOf(variations));
  }

  @Override
  public int size() {
    return labels.size();
  }

  @Override
  public ImmutableList<Values> inputs() {
    return ImmutableList.of(
        Values.features(Shape.of(shape.height(), shape.width(), shape.channels())));
  }

  @Override
  public Values labels() {
    return Values.numbers(Shape.scalar(), labels.classes());
  }

  @Override
  public Optional<PixelScaling> scaling() {
    return Optional.of(scaling);
  }

  @Override
  public ImmutableList<int[]> inOrder(int batchSize) {
    return Batches.inOrder(size(), batchSize);
  }

  @Override
  public ImmutableList<int[]> shuffled(int batchSize, long seed) {
    return Batches.shuffled(size(), batchSize, seed);
  }

  @Override
  public Batch gather(int[] examples) {
    float[] values = new float[examples.length * shape.values()];
    for (int i = 0; i < examples.length; i++) {
      scaling.apply(pixels, examples[i] * shape.values(), values, i * shape.values(), shape);
    }
    return batch(examples, values);
  }

  @Override
  public Batch gather(int[] examples, long seed) {
    float[] values = new float[examples.length * shape.values()];
    float[] image = new float[shape.values()];
    for (int i = 0; i < examples.length; i++) {
      scaling.apply(pixels, examples[i] * shape.values(), image, 0, shape);
      SplittableRandom random = new SplittableRandom(Seeds.derive(seed, "example " + examples[i]));
      float[] varied = image;
      for (Augmentation augmentation : augmentations) {
        varied = augmentation.apply(varied, shape, random);
      }
      System.arraycopy(varied, 0, values, i * shape.values(), shape.values());
    }
    return batch(examples, values);
  }

  private Batch batch(int[] examples, float[] values) {
    Shape batch = Shape.of(examples.length, shape.height(), shape.width(), shape.channels());
    return new Batch(
        examples.length,
        ImmutableList.of(new HostArray.Floats(values, batch)),
        labels.gather(examples));
  }

  @Override
  public String toString() {
    return "ImageData[" + size() + " images of " + shape + ", " + labels.classes() + " classes]";
  }
}
