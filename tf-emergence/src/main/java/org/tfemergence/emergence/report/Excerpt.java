package org.tfemergence.emergence.report;

import com.google.common.base.Ascii;

/** The beginning of what was found in a file, fit for a message. */
final class Excerpt {
  private static final int LENGTH = 64;

  private Excerpt() {}

  static String of(String found) {
    return Ascii.truncate(found, LENGTH, "...");
  }
}
