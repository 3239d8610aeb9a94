package org.tfemergence.models.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A disk that is soon full, where the system lets us mount one. */
public final class SmallDisk {
  private SmallDisk() {}

  /** Mounts a disk of a size such as 128k on an empty folder; tells whether that went. */
  public static boolean mount(Path folder, String size) throws IOException, InterruptedException {
    return run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder.toString());
  }

  /** Takes the disk away; tells whether that went: not while a file on it is open. */
  public static boolean unmount(Path folder) throws IOException, InterruptedException {
    return run("umount", folder.toString());
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).inheritIO().start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) { // there is no such program
      return false;
    }
  }
}
