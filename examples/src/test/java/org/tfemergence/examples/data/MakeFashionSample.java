package org.tfemergence.examples.data;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Makes the bundled sample of Fashion-MNIST: the first 600 training and the first 100 test images
 * of each of the ten classes, in their original order, as four IDX .gz files.
 *
 * <pre>{@code
 * java examples/src/test/java/org/tfemergence/examples/data/MakeFashionSample.java \
 *     /usr/share/datasets/fashion-mnist \
 *     examples/src/main/resources/org/tfemergence/examples/data/fashion-mnist-sample
 * }</pre>
 *
 * The gzip headers carry neither name nor time, so equal input gives equal output.
 */
@SuppressWarnings("SystemOut") // a program
final class MakeFashionSample {
  private static final int LABELS_MAGIC = 0x00000801;
  private static final int IMAGES_MAGIC = 0x00000803;
  private static final int CLASSES = 10;

  private MakeFashionSample() {}

  /** Reads the folder {@code args[0]} and writes the folder {@code args[1]}. */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      System.err.println("usage: java MakeFashionSample.java SOURCE_FOLDER TARGET_FOLDER");
      System.exit(2);
    }
    Path target = Files.createDirectories(Path.of(args[1]));
    select(Path.of(args[0]), target, "train", 600);
    select(Path.of(args[0]), target, "t10k", 100);
  }

  private static void select(Path source, Path target, String part, int perClass)
      throws IOException {
    String imagesName = part + "-images-idx3-ubyte.gz";
    String labelsName = part + "-labels-idx1-ubyte.gz";
    try (DataInputStream images = open(source.resolve(imagesName), IMAGES_MAGIC);
        DataInputStream labels = open(source.resolve(labelsName), LABELS_MAGIC);
        DataOutputStream imagesOut = create(target.resolve(imagesName));
        DataOutputStream labelsOut = create(target.resolve(labelsName))) {
      int count = images.readInt();
      int labelCount = labels.readInt();
      if (labelCount != count) {
        throw new IOException(labelsName + ": found " + labelCount + " labels, expected " + count);
      }
      int rows = images.readInt();
      int columns = images.readInt();
      imagesOut.writeInt(IMAGES_MAGIC);
      imagesOut.writeInt(CLASSES * perClass);
      imagesOut.writeInt(rows);
      imagesOut.writeInt(columns);
      labelsOut.writeInt(LABELS_MAGIC);
      labelsOut.writeInt(CLASSES * perClass);

      int[] taken = new int[CLASSES];
      byte[] image = new byte[rows * columns];
      for (int i = 0; i < count; i++) {
        int label = labels.readUnsignedByte();
        images.readFully(image);
        if (taken[label] < perClass) {
          taken[label]++;
          imagesOut.write(image);
          labelsOut.write(label);
        }
      }
      for (int label = 0; label < CLASSES; label++) {
        if (taken[label] != perClass) {
          throw new IOException(
              labelsName
                  + ": found "
                  + taken[label]
                  + " of class "
                  + label
                  + ", expected at least "
                  + perClass);
        }
      }
    }
  }

  private static DataInputStream open(Path file, int magic) throws IOException {
    DataInputStream in =
        new DataInputStream(new GZIPInputStream(Files.newInputStream(file), 1 << 16));
    int found = in.readInt();
    if (found != magic) {
      in.close();
      throw new IOException(
          String.format(
              Locale.ROOT, "%s: byte 0: found 0x%08x, expected 0x%08x", file, found, magic));
    }
    return in;
  }

  private static DataOutputStream create(Path file) throws IOException {
    return new DataOutputStream(new BestGzip(Files.newOutputStream(file)));
  }

  private static final class BestGzip extends GZIPOutputStream {
    BestGzip(OutputStream out) throws IOException {
      super(out, 1 << 16);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }
}
