package org.tfemergence.examples.cli;

import java.io.PrintWriter;
import org.tfemergence.examples.data.Progress;

/** Shows a download's progress: a line whenever another tenth of a file has come. */
final class DownloadProgress implements Progress {
  private final PrintWriter out;
  private String file = "";
  private long tenths;

  DownloadProgress(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void report(String name, long done, long total) {
    if (!name.equals(file)) {
      file = name;
      tenths = -1;
    }
    long now = total > 0 ? 10 * done / total : done / 1_000_000;
    if (now > tenths) {
      tenths = now;
      out.println(
          "downloading " + name + ": " + done + (total > 0 ? " of " + total : "") + " bytes");
    }
  }
}
