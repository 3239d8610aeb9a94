package org.tfemergence.examples.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;

/**
 * The part of Fashion-MNIST that comes with the program: the first 600 training and the first 100
 * test images of each class, in their original order. Good for a first look without any download;
 * results on it are not results on Fashion-MNIST.
 */
public final class BundledSample {
  private static final String FOLDER = "fashion-mnist-sample/";

  private BundledSample() {}

  /**
   * Returns the sample: 6,000 training and 1,000 test images of 28 x 28 in ten classes.
   *
   * @return the sample
   * @throws IOException if the program's own resources are missing or damaged
   */
  public static ImageSets load() throws IOException {
    List<DataFile> files = PublishedData.FASHION_MNIST.files();
    ImageSet train = read(files.get(0), files.get(1));
    ImageSet test = read(files.get(2), files.get(3));
    String origin =
        String.format(
            Locale.ROOT,
            "bundled sample of Fashion-MNIST (%,d training and %,d test images)",
            train.size(),
            test.size());
    return ImageSets.of(PublishedData.FASHION_MNIST.name() + " sample", train, test, origin);
  }

  private static ImageSet read(DataFile images, DataFile labels) throws IOException {
    try (InputStream imagesIn = open(images);
        InputStream labelsIn = open(labels)) {
      return IdxReader.read(
          new IdxSource(images.name(), imagesIn),
          new IdxSource(labels.name(), labelsIn),
          PublishedData.FASHION_MNIST.classNames().size());
    }
  }

  private static InputStream open(DataFile file) throws IOException {
    InputStream in = BundledSample.class.getResourceAsStream(FOLDER + file.name());
    if (in == null) {
      throw new FileNotFoundException(
          FOLDER + file.name() + ": found no such resource, expected it in the examples' jar");
    }
    return in;
  }
}
