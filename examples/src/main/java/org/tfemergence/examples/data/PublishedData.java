package org.tfemergence.examples.data;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What is known of a published data set before any of it is read.
 *
 * <p>The checksums and lengths of the two constants were taken from the decompressed content of the
 * publishers' files with {@code zcat FILE | sha256sum} and {@code zcat FILE | wc -c} (Fashion-MNIST
 * as in the Debian package dataset-fashion-mnist; MNIST with the well-known MD5 sums of the
 * original, such as {@code 6bbc9ace898e44ae57da46a324031adb} for the training images). {@link
 * #sha256()} was taken from the same content without the IDX headers.
 *
 * @param name display name
 * @param folder name of the folder that holds the files
 * @param publisher base URL of the files, ending in a slash
 * @param classNames name of each class, by label
 * @param files training images, training labels, test images, test labels
 * @param debianPackage the Debian package that installs the files, if there is one
 * @param sha256 what {@link ImageSets#sha256()} of the whole set must be
 */
public record PublishedData(
    String name,
    String folder,
    URI publisher,
    List<String> classNames,
    List<DataFile> files,
    Optional<String> debianPackage,
    String sha256) {
  /** Fashion-MNIST: 60,000 + 10,000 pictures of clothes, 28 x 28, by Zalando SE. */
  public static final PublishedData FASHION_MNIST =
      new PublishedData(
          "Fashion-MNIST",
          "fashion-mnist",
          URI.create("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
          List.of(
              "T-shirt/top",
              "Trouser",
              "Pullover",
              "Dress",
              "Coat",
              "Sandal",
              "Shirt",
              "Sneaker",
              "Bag",
              "Ankle boot"),
          files(
              "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
              "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
              "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
              "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
          Optional.of("dataset-fashion-mnist"),
          "ca3ab2a37f845e1b8ae23cab1b51749a3011ba3bf1d9016176d75cbaabac376f");

  /** MNIST: 60,000 + 10,000 handwritten digits, 28 x 28, by LeCun, Cortes and Burges. */
  public static final PublishedData MNIST =
      new PublishedData(
          "MNIST",
          "mnist",
          URI.create("https://storage.googleapis.com/cvdf-datasets/mnist/"),
          IntStream.range(0, 10).mapToObj(Integer::toString).toList(),
          files(
              "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
              "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
              "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
              "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
          Optional.empty(),
          "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16");

  /**
   * Copies the lists and checks the number of files.
   *
   * @param name display name
   * @param folder name of the folder
   * @param publisher base URL
   * @param classNames name of each class
   * @param files the four files
   * @param debianPackage the Debian package, if any
   * @param sha256 checksum of the whole set
   * @throws IllegalArgumentException if there are not four files
   */
  public PublishedData {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(folder, "folder");
    Objects.requireNonNull(publisher, "publisher");
    Objects.requireNonNull(classNames, "classNames");
    Objects.requireNonNull(files, "files");
    Objects.requireNonNull(debianPackage, "debianPackage");
    Objects.requireNonNull(sha256, "sha256");
    classNames = List.copyOf(classNames);
    files = List.copyOf(files);
    if (files.size() != 4) {
      throw new IllegalArgumentException("files must be 4, got " + files.size());
    }
  }

  /**
   * Returns the data sets this class knows.
   *
   * @return Fashion-MNIST and MNIST
   */
  public static List<PublishedData> all() {
    return List.of(FASHION_MNIST, MNIST);
  }

  /**
   * Returns where the publisher offers a file.
   *
   * @param file one of {@link #files()}
   * @return its URL
   */
  public URI source(DataFile file) {
    return publisher.resolve(file.name());
  }

  private static List<DataFile> files(
      String trainImages, String trainLabels, String testImages, String testLabels) {
    return List.of(
        new DataFile("train-images-idx3-ubyte.gz", 16 + 60_000 * 784, trainImages),
        new DataFile("train-labels-idx1-ubyte.gz", 8 + 60_000, trainLabels),
        new DataFile("t10k-images-idx3-ubyte.gz", 16 + 10_000 * 784, testImages),
        new DataFile("t10k-labels-idx1-ubyte.gz", 8 + 10_000, testLabels));
  }
}
