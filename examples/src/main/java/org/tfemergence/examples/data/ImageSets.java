package org.tfemergence.examples.data;

import java.util.Objects;

/**
 * A training and a test set of the same image size and classes, with their provenance.
 *
 * @param name display name, for example {@code MNIST}
 * @param train the training images
 * @param test the test images
 * @param origin where the data came from, in words for people
 * @param sha256 SHA-256 of the training pixels, training labels, test pixels and test labels in
 *     this order (no headers), 64 lower-case hexadecimal digits
 */
public record ImageSets(String name, ImageSet train, ImageSet test, String origin, String sha256) {
  /**
   * Checks that the two sets belong together.
   *
   * @param name display name
   * @param train the training images
   * @param test the test images
   * @param origin where the data came from
   * @param sha256 checksum of both sets
   * @throws IllegalArgumentException if the sets differ in image size or number of classes
   */
  public ImageSets {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(sha256, "sha256");
    if (train.rows() != test.rows()
        || train.columns() != test.columns()
        || train.classes() != test.classes()) {
      throw new IllegalArgumentException(
          name + ": train and test must agree in size and classes, got " + train + ", " + test);
    }
  }

  /**
   * Returns the two sets with the checksum computed from them.
   *
   * @param name display name
   * @param train the training images
   * @param test the test images
   * @param origin where the data came from
   * @return the data
   * @throws IllegalArgumentException if the sets differ in image size or number of classes
   */
  public static ImageSets of(String name, ImageSet train, ImageSet test, String origin) {
    String sha256 = Sha256.of(train.pixels(), train.labels(), test.pixels(), test.labels());
    return new ImageSets(name, train, test, origin, sha256);
  }
}
