package org.tfemergence.examples.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/** Hand-made IDX content and a small data set of it. */
final class Idx {
  static final int LABELS = 0x00000801;
  static final int IMAGES = 0x00000803;

  /** Two images of two rows and three columns, labelled 0 and 1. */
  static final ImageSet TRAIN =
      new ImageSet(2, 3, 2, new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, (byte) 200, -1}, bytes(0, 1));

  static final ImageSet TEST = new ImageSet(2, 3, 2, new byte[] {9, 8, 7, 6, 5, 4}, bytes(1));

  private static final List<String> NAMES =
      PublishedData.MNIST.files().stream().map(DataFile::name).toList();

  private Idx() {}

  static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /** A header of four-byte numbers, then the payload. */
  static byte[] content(byte[] payload, int... header) {
    ByteBuffer buffer = ByteBuffer.allocate(header.length * Integer.BYTES + payload.length);
    for (int number : header) {
      buffer.putInt(number);
    }
    return buffer.put(payload).array();
  }

  static byte[] images(ImageSet set) {
    return content(set.pixels(), IMAGES, set.size(), set.rows(), set.columns());
  }

  static byte[] labels(ImageSet set) {
    return content(set.labels(), LABELS, set.size());
  }

  static byte[] gzip(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** The decompressed content of the four files of {@link #TRAIN} and {@link #TEST}. */
  static List<byte[]> contents() {
    return List.of(images(TRAIN), labels(TRAIN), images(TEST), labels(TEST));
  }

  /** The data set of {@link #contents()}, called Tiny, in the folder tiny. */
  static PublishedData tiny(URI publisher) {
    List<DataFile> files = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      byte[] content = contents().get(i);
      files.add(new DataFile(NAMES.get(i), content.length, Sha256.of(content)));
    }
    String sha256 = ImageSets.of("Tiny", TRAIN, TEST, "").sha256();
    return new PublishedData(
        "Tiny", "tiny", publisher, List.of("a", "b"), files, Optional.of("dataset-tiny"), sha256);
  }

  /** Writes the four files of a data set. */
  static void write(Path folder, List<byte[]> contents, String ending) throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < NAMES.size(); i++) {
      byte[] content = contents.get(i);
      String name = NAMES.get(i).replace(".gz", ending);
      Files.write(folder.resolve(name), ending.isEmpty() ? content : gzip(content));
    }
  }
}
