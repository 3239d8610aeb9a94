package org.tfemergence.examples.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads pairs of IDX files of unsigned bytes, the format of MNIST and its relatives.
 *
 * <pre>{@code
 * images: 0x00000803, count, rows, columns, then count * rows * columns bytes
 * labels: 0x00000801, count, then count bytes
 * }</pre>
 *
 * Numbers are unsigned, four bytes, big-endian. A file may be gzip or raw; its first two bytes
 * decide. Memory follows what a file holds, not what its header claims. Every fault is an {@link
 * IOException} of one line: name, byte offset in the decompressed content, what was found, what was
 * expected. Source: <a href="https://yann.lecun.org/exdb/mnist/">the MNIST page</a>.
 */
public final class IdxReader {
  private static final int LABELS_MAGIC = 0x00000801;
  private static final int IMAGES_MAGIC = 0x00000803;
  private static final int LABELS_HEADER = 8;
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  private IdxReader() {}

  /**
   * Returns the images of one file with the labels of another.
   *
   * @param images the IDX file of images
   * @param labels the IDX file of labels
   * @param classes number of classes, [1, 256]; every label must be below
   * @return the images and labels, at least one
   * @throws IOException if a file is missing or not what it should be, or the two do not agree
   * @throws IllegalArgumentException if {@code classes} is out of its range
   */
  public static ImageSet read(Path images, Path labels, int classes) throws IOException {
    try (InputStream imagesIn = open(images);
        InputStream labelsIn = open(labels)) {
      return read(
          new IdxSource(images.toString(), imagesIn),
          new IdxSource(labels.toString(), labelsIn),
          classes);
    }
  }

  /**
   * Returns the images of one source with the labels of another. Does not close them.
   *
   * @param images the IDX content of images
   * @param labels the IDX content of labels
   * @param classes number of classes, [1, 256]; every label must be below
   * @return the images and labels, at least one
   * @throws IOException if a content is not what it should be, or the two do not agree
   * @throws IllegalArgumentException if {@code classes} is out of its range
   */
  public static ImageSet read(IdxSource images, IdxSource labels, int classes) throws IOException {
    ImageSet.checkClasses(classes);
    IdxStream imagesIn = IdxStream.open(images);
    imagesIn.expectMagic(IMAGES_MAGIC, "IDX images, gzip or raw");
    long[] size = imagesIn.dimensions("images", "rows", "columns");

    IdxStream labelsIn = IdxStream.open(labels);
    labelsIn.expectMagic(LABELS_MAGIC, "IDX labels, gzip or raw");
    long count = labelsIn.dimensions("labels")[0];
    if (count != size[0]) {
      throw labelsIn.fault(
          Integer.BYTES,
          count + " labels",
          size[0] + ", the number of images in " + imagesIn.name());
    }

    byte[] pixels = imagesIn.payload(pixelBytes(imagesIn, size));
    byte[] classOf = labelsIn.payload((int) count);
    int bad = ImageSet.firstLabelOutside(classOf, classes);
    if (bad >= 0) {
      throw labelsIn.fault(
          LABELS_HEADER + (long) bad,
          "label " + Byte.toUnsignedInt(classOf[bad]) + " at index " + bad,
          "0 to " + (classes - 1));
    }
    return new ImageSet((int) size[1], (int) size[2], classes, pixels, classOf);
  }

  private static int pixelBytes(IdxStream in, long[] size) throws IOException {
    // Below 2^64: right as an unsigned number.
    long image = size[1] * size[2];
    if (Long.compareUnsigned(image, MAX_BYTES) > 0 || size[0] > MAX_BYTES / image) {
      throw in.fault(
          Integer.BYTES,
          size[0] + " images of " + size[1] + " x " + size[2],
          "at most " + MAX_BYTES + " pixels");
    }
    return (int) (size[0] * image);
  }

  private static InputStream open(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": found no such file, expected an IDX file");
    }
    return Files.newInputStream(file);
  }
}
