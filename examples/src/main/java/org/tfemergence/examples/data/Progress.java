package org.tfemergence.examples.data;

/** Hears how far a download is. */
@FunctionalInterface
public interface Progress {
  /**
   * Returns a progress that ignores all reports.
   *
   * @return the silent progress
   */
  static Progress none() {
    return (file, done, total) -> {};
  }

  /**
   * Takes the state of a download: once at its start, then after each piece.
   *
   * @param file name of the file
   * @param done bytes that are on disk, those of an earlier attempt included
   * @param total bytes of the whole file, or -1 if the server does not say
   */
  void report(String file, long done, long total);
}
