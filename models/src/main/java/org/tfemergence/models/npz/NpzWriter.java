package org.tfemergence.models.npz;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.file.StagedFile;

/**
 * Writes arrays of float32 by name to a file that {@code numpy.load} reads. The file appears when
 * it is complete; equal arrays give equal bytes.
 *
 * <pre>{@code
 * try (NpzWriter out = NpzWriter.create(file)) {
 *   out.add("dense_1/kernel", Shape.of(784, 256), values);
 *   out.commit();
 * }
 * }</pre>
 */
public final class NpzWriter implements AutoCloseable {
  /* ZIP's first moment, 1980-01-01T00:00, would be written once more, in UTC. */
  private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 2, 1, 0, 0);

  private final Path file;
  private final StagedFile staged;
  private final OutputStream out;
  private final ZipOutputStream zip;

  private NpzWriter(Path file, StagedFile staged, OutputStream out) {
    this.file = file;
    this.staged = staged;
    this.out = out;
    zip = new ZipOutputStream(out);
    zip.setLevel(Deflater.NO_COMPRESSION); // weights hardly get smaller
  }

  /**
   * Starts a file.
   *
   * @param file the file, which must not exist
   * @return where to add arrays
   * @throws IOException if the file exists, or cannot be written
   */
  public static NpzWriter create(Path file) throws IOException {
    StagedFile staged = StagedFile.create(file);
    return new NpzWriter(
        file, staged, new BufferedOutputStream(Files.newOutputStream(staged.path())));
  }

  /**
   * Adds an array.
   *
   * @param name its name, not used before
   * @param shape its shape
   * @param values as many values as the shape has, last index fastest
   * @throws IllegalArgumentException if the number of values is another
   * @throws IOException if they cannot be written, or the name was used
   */
  public void add(String name, Shape shape, float[] values) throws IOException {
    if (shape.size() != values.length) {
      throw new IllegalArgumentException(
          "array '" + name + "' of shape " + shape + " got " + values.length + " values");
    }
    try {
      write(name, shape, values);
    } catch (IOException e) {
      throw new IOException(file + ": array '" + name + "': " + e.getMessage(), e);
    }
  }

  private void write(String name, Shape shape, float[] values) throws IOException {
    ZipEntry entry = new ZipEntry(name + ".npy");
    entry.setTimeLocal(EPOCH);
    zip.putNextEntry(entry);
    zip.write(NpyHeader.floats(shape));
    ByteBuffer chunk = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      if (!chunk.hasRemaining()) {
        zip.write(chunk.array());
        chunk.clear();
      }
      chunk.putFloat(value);
    }
    zip.write(chunk.array(), 0, chunk.position());
    zip.closeEntry();
  }

  /**
   * Completes the file.
   *
   * @throws IOException if it cannot be written
   */
  public void commit() throws IOException {
    try {
      zip.close();
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e); // the system's message has no path
    }
    staged.commit();
  }

  /** Deletes what was not committed. */
  @Override
  public void close() throws IOException {
    try (staged;
        out) { // which a ZipOutputStream leaves open when it fails
      zip.close();
    }
  }
}
