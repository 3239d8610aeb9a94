package org.tfemergence.emergence.file;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** Folders that last. */
public final class Folders {
  private Folders() {}

  /**
   * Makes a folder that is on the disk when this returns, and its parents; it may be there already,
   * also as a link to one.
   *
   * @param folder the folder
   * @throws IOException if it cannot be made, or is something else
   */
  public static void create(Path folder) throws IOException {
    List<Path> absent = new ArrayList<>();
    Path each = folder.toAbsolutePath();
    // Files.createDirectories refuses a link to a folder before JDK 20.
    while (each != null && !Files.isDirectory(each)) {
      absent.add(0, each);
      each = each.getParent();
    }
    for (Path made : absent) {
      Files.createDirectories(made); // another process may have made it meanwhile
      Disk.force(made.getParent());
    }
  }

  /**
   * Deletes a folder with what is in it. Others see it whole or not at all: it is renamed first,
   * and what then cannot be deleted is a leftover, which {@link StagedDirectory#deleteLeftovers}
   * tries again.
   *
   * @param folder the folder
   * @throws IOException if it, or something in it, cannot be deleted
   */
  public static void delete(Path folder) throws IOException {
    Path hidden = Staging.hidden(folder);
    Files.move(folder, hidden, StandardCopyOption.ATOMIC_MOVE);
    MoreFiles.deleteRecursively(hidden, RecursiveDeleteOption.ALLOW_INSECURE);
  }
}
