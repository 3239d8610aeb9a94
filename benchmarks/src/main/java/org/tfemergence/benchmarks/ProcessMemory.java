package org.tfemergence.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory of this process, native memory included, as Linux tells of it, in MiB. */
final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMemory() {}

  /** Returns what it has now. */
  static long resident() throws IOException {
    return mebibytes("VmRSS:");
  }

  /** Returns the most it ever had. */
  static long peak() throws IOException {
    return mebibytes("VmHWM:");
  }

  private static long mebibytes(String key) throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith(key)) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    throw new IOException(STATUS + ": no " + key);
  }
}
