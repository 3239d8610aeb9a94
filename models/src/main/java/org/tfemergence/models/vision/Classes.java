package org.tfemergence.models.vision;

/** What all classifiers ask of their number of classes. */
final class Classes {
  private Classes() {}

  /** Refuses fewer than two. */
  static void require(int classes) {
    if (classes < 2) {
      throw new IllegalArgumentException("classes must be at least 2, got " + classes);
    }
  }
}
