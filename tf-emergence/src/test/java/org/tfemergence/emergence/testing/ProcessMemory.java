package org.tfemergence.emergence.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory of this process, native memory included, where a system like Linux tells of it. */
public final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMemory() {}

  /** Tells whether it can be known here. */
  public static boolean isKnown() {
    return Files.exists(STATUS);
  }

  /** Returns what is resident, in KiB. */
  public static long residentKib() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException(STATUS + ": no VmRSS");
  }
}
