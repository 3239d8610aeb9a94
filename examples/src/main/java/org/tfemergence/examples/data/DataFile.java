package org.tfemergence.examples.data;

import java.util.Objects;

/**
 * One published file and what its decompressed content must be.
 *
 * @param name file name, ending in {@code .gz}
 * @param bytes length of the decompressed content, header included
 * @param sha256 SHA-256 of the decompressed content, header included, lower-case hexadecimal; a
 *     file that was compressed again still has it
 */
public record DataFile(String name, long bytes, String sha256) {
  private static final String GZ = ".gz";

  /**
   * Checks the name.
   *
   * @param name file name
   * @param bytes length of the decompressed content
   * @param sha256 SHA-256 of the decompressed content
   * @throws IllegalArgumentException if the name does not end in {@code .gz}
   */
  public DataFile {
    Objects.requireNonNull(sha256, "sha256");
    if (!name.endsWith(GZ)) {
      throw new IllegalArgumentException("name must end in .gz, got " + name);
    }
  }

  /**
   * Returns the name of the file when it is stored decompressed.
   *
   * @return the name without {@code .gz}
   */
  public String rawName() {
    return name.substring(0, name.length() - GZ.length());
  }
}
