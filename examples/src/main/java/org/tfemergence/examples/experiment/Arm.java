package org.tfemergence.examples.experiment;

/** One of the trainings that are compared with each other; all else is equal. */
public enum Arm {
  /** The base initializer, pruned half way. */
  BASE("base", "base, pruned"),
  /** The emergence-promoting initializer, pruned half way. */
  PROMOTING("promoting", "promoting, pruned"),
  /** The emergence-promoting initializer, not pruned: what pruning is compared with. */
  UNPRUNED("unpruned", "promoting, unpruned");

  private final String id;
  private final String title;

  Arm(String id, String title) {
    this.id = id;
    this.title = title;
  }

  /**
   * Returns the arm's short name, for files and columns.
   *
   * @return a lower-case word
   */
  public String id() {
    return id;
  }

  /**
   * Returns the arm's name for people.
   *
   * @return a phrase
   */
  public String title() {
    return title;
  }

  boolean promotes() {
    return this != BASE;
  }

  boolean prunes() {
    return this != UNPRUNED;
  }
}
