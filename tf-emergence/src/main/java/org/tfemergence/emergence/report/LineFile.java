package org.tfemergence.emergence.report;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads a text file of lines, and notices when it was cut short within one. */
final class LineFile {
  private LineFile() {}

  static String read(Path file) throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": found bytes that are no text, expected UTF-8", e);
    }
    if (text.isEmpty()) {
      throw new IOException(file + ": found an empty file, expected a first line");
    }
    if (!text.endsWith("\n")) {
      throw new IOException(
          file
              + ", line "
              + text.lines().count()
              + ": found the end of the file, expected the end of the line");
    }
    return text;
  }
}
