package org.tfemergence.examples.data;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Objects;
import org.tfemergence.emergence.file.LockFile;

/**
 * Downloads the files of a data set from its publisher. A file grows as {@code FILE.part}, which a
 * later call continues, and gets its name only after its decompressed content had the published
 * checksum. A file {@code .lock} in the folder keeps two downloads apart, of two processes or of
 * one.
 */
public final class Downloader {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(15);

  private final HttpClient client;

  /** Creates a downloader that waits 15 seconds for a connection. */
  public Downloader() {
    this(CONNECT_TIMEOUT);
  }

  /**
   * Creates a downloader.
   *
   * @param connectTimeout how long to wait for a connection
   */
  public Downloader(Duration connectTimeout) {
    Objects.requireNonNull(connectTimeout, "connectTimeout");
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(connectTimeout)
            .build();
  }

  /**
   * Brings all files of a data set into a folder; those that are there, with or without {@code
   * .gz}, stay untouched.
   *
   * @param set which data set
   * @param folder where to put its files; created if absent
   * @param progress hears of each piece
   * @throws IOException in one line: what failed, and how to provide the files by hand
   */
  public void fetch(PublishedData set, Path folder, Progress progress) throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new IOException(
          "%s: cannot create this folder (%s); set XDG_CACHE_HOME, or %s"
              .formatted(folder, describe(e), byHand(set)),
          e);
    }
    LockFile lock =
        LockFile.tryLock(folder.resolve(".lock"))
            .orElseThrow(
                () ->
                    new IOException(
                        folder + ": another download is writing here, try again when it is done"));
    try (lock) {
      for (DataFile file : set.files()) {
        if (new DataFolder(folder).find(file).isEmpty()) {
          fetch(set, file, folder, progress);
        }
      }
    }
  }

  private void fetch(PublishedData set, DataFile file, Path folder, Progress progress)
      throws IOException {
    Path part = folder.resolve(file.name() + ".part");
    try {
      new Transfer(client, set.source(file), part, file.name(), progress).run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("download of " + file.name() + " was interrupted");
    } catch (IOException e) {
      throw new IOException(
          "%s: cannot download %s (%s); put %s into %s, or %s"
              .formatted(
                  set.name(),
                  set.source(file),
                  describe(e),
                  String.join(", ", new DataFolder(folder).missing(set)),
                  folder,
                  byHand(set)),
          e);
    }
    String expected = "SHA-256 " + file.sha256();
    String found = checksum(part);
    if (!found.equals(expected)) {
      Files.delete(part);
      throw new IOException(
          "%s: found %s, expected %s of the decompressed content; deleted it, try again or %s"
              .formatted(set.source(file), found, expected, byHand(set)));
    }
    Files.move(part, folder.resolve(file.name()), StandardCopyOption.ATOMIC_MOVE);
  }

  private static String checksum(Path file) {
    try {
      return "SHA-256 " + Sha256.ofContent(file);
    } catch (IOException e) {
      return "damaged gzip data (" + describe(e) + ")";
    }
  }

  private static String byHand(PublishedData set) {
    return "name a folder that holds the files by --data or EMERGENCE_DATA"
        + set.debianPackage().map(name -> ", or install the Debian package " + name).orElse("");
  }

  private static String describe(IOException e) {
    if (e instanceof ConnectException) {
      return "no connection";
    }
    String kind = e.getClass().getSimpleName();
    return e.getMessage() == null ? kind : kind + ": " + e.getMessage();
  }
}
