package org.tfemergence.models.npz;

import com.google.common.collect.ImmutableMap;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.tensorflow.ndarray.Shape;

/**
 * A file of NumPy arrays by name, as {@code numpy.savez} and {@code numpy.savez_compressed} write
 * it: a ZIP archive of {@code .npy} files. Only the names and shapes are held in memory; the file
 * must stay as it was. Arrays of truth values, strings or objects may be in it, but not be read.
 *
 * <p>Whole numbers of 8 to 64 bits, but unsigned ones of 64, and floating-point numbers of 16 to 64
 * are read, in either order of bytes and of indices, and become the nearest float32.
 */
public final class Npz {
  private static final String ENDING = ".npy";

  private final Path file;
  private final ImmutableMap<String, Shape> shapes;

  private Npz(Path file, ImmutableMap<String, Shape> shapes) {
    this.file = file;
    this.shapes = shapes;
  }

  /**
   * Reads which arrays a file holds, be they of numbers or not. Folders are passed over.
   *
   * @param file the {@code .npz} file
   * @return its arrays
   * @throws IOException if it cannot be read, is no such file, or holds something else than arrays;
   *     the message names the file and the array
   */
  public static Npz read(Path file) throws IOException {
    ImmutableMap.Builder<String, Shape> shapes = ImmutableMap.builder();
    try (ZipFile zip = open(file)) {
      ZipNames.requireEqual(file);
      for (ZipEntry entry : Collections.list(zip.entries())) {
        if (entry.isDirectory()) {
          continue;
        }
        if (!entry.getName().endsWith(ENDING)) {
          throw new IOException(
              file + ": found '" + entry.getName() + "', expected names that end in " + ENDING);
        }
        String name = entry.getName().substring(0, entry.getName().length() - ENDING.length());
        try (DataInputStream in = new DataInputStream(zip.getInputStream(entry))) {
          shapes.put(name, NpyHeader.read(in).shape());
        } catch (IOException e) {
          throw about(file, name, e);
        }
      }
    }
    try {
      return new Npz(file, shapes.buildOrThrow());
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": holds an array twice: " + e.getMessage(), e);
    }
  }

  /**
   * Returns which arrays there are.
   *
   * @return the arrays' shapes by name, in the file's order
   */
  public ImmutableMap<String, Shape> shapes() {
    return shapes;
  }

  /**
   * Returns the file.
   *
   * @return the path this was read from
   */
  public Path file() {
    return file;
  }

  /**
   * Reads an array.
   *
   * @param name its name
   * @return its values as float32, last index fastest
   * @throws IllegalArgumentException if there is no array of that name
   * @throws IOException if the file cannot be read, has changed, or the array is damaged, of other
   *     values than numbers, or of 2^31 and more
   */
  public float[] floats(String name) throws IOException {
    Shape shape = shapes.get(name);
    if (shape == null) {
      throw new IllegalArgumentException(
          file + ": there is no array '" + name + "' among " + shapes.keySet());
    }
    try (ZipFile zip = open(file)) {
      ZipEntry entry = zip.getEntry(name + ENDING);
      if (entry == null) {
        throw new IOException("is no longer in the file");
      }
      try (InputStream raw = zip.getInputStream(entry)) {
        return values(raw, entry, shape, Math.min(entry.getCompressedSize(), Files.size(file)));
      }
    } catch (IOException e) {
      throw about(file, name, e);
    }
  }

  /*
   * ZipFile does not look at the checksum of what it reads. The array begins with the size that the
   * stored bytes would fill, and grows with what they are found to hold: a header is cheap to forge.
   */
  private static float[] values(InputStream raw, ZipEntry entry, Shape expected, long stored)
      throws IOException {
    CheckedInputStream checked = new CheckedInputStream(raw, new CRC32());
    NpyHeader header = NpyHeader.read(new DataInputStream(checked));
    if (!header.shape().equals(expected)) {
      throw new IOException("found shape " + header.shape() + ", expected " + expected);
    }
    NpyType type = header.type();
    int size = header.size();
    float[] values = new float[(int) Math.min(size, stored / type.bytes())];
    byte[] chunk = new byte[1 << 16];
    int read = 0;
    while (read < size) {
      int wanted = Math.min(size - read, chunk.length / type.bytes());
      int found = checked.readNBytes(chunk, 0, wanted * type.bytes());
      if (found < wanted * type.bytes()) {
        throw new IOException(
            "ends after " + (read + found / type.bytes()) + " values, expected " + size);
      }
      if (read + wanted > values.length) {
        values = Arrays.copyOf(values, (int) Math.min(size, 2L * read + wanted));
      }
      ByteBuffer bytes = ByteBuffer.wrap(chunk).order(header.order());
      for (int i = 0; i < wanted; i++) {
        values[read++] = type.next(bytes);
      }
    }
    if (checked.read() >= 0) {
      throw new IOException("found more than the expected " + size + " values");
    }
    int sum = (int) checked.getChecksum().getValue();
    if (sum != (int) entry.getCrc()) {
      HexFormat digits = HexFormat.of();
      throw new IOException(
          "found CRC-32 "
              + digits.toHexDigits(sum)
              + ", expected "
              + digits.toHexDigits((int) entry.getCrc()));
    }
    return header.columnMajor() ? rowMajor(values, header.shape()) : values;
  }

  private static float[] rowMajor(float[] values, Shape shape) {
    int rank = shape.numDimensions();
    float[] result = new float[values.length];
    long[] index = new long[rank];
    for (int to = 0; to < result.length; to++) {
      long from = 0;
      for (int axis = rank - 1; axis >= 0; axis--) {
        from = from * shape.get(axis) + index[axis];
      }
      result[to] = values[(int) from];
      for (int axis = rank - 1; axis >= 0 && ++index[axis] == shape.get(axis); axis--) {
        index[axis] = 0;
      }
    }
    return result;
  }

  private static ZipFile open(Path file) throws IOException {
    try {
      return new ZipFile(file.toFile());
    } catch (ZipException | EOFException e) {
      throw new IOException(file + ": not a .npz file: " + e.getMessage(), e);
    }
  }

  private static IOException about(Path file, String name, IOException e) {
    return new IOException(file + ": array '" + name + "': " + e.getMessage(), e);
  }
}
