package org.tfemergence.emergence.measure;

/** How many units of a layer a path may pass on its way: what tells the definitions of E apart. */
public enum PathRule {
  /** All units, n_k, as they were counted: the formula for dense layers of both papers. */
  PUBLISHED,
  /**
   * As many as the layer has filters, m_k: the formula for convolutions of both papers. In a dense
   * layer every unit is a filter.
   */
  FILTERS,
  /**
   * The active ones, a_k: what the general definition of emergence (arXiv 2311.17403) says when
   * only paths among active units are paths. That reading is ours.
   */
  STRICT;

  /**
   * Chooses how many units of a layer a path may pass.
   *
   * @param <T> what stands for a number
   * @param units n_k
   * @param filters m_k, which is 0 of no units
   * @param active a_k
   * @return the one by this rule
   */
  public <T> T passable(T units, T filters, T active) {
    return switch (this) {
      case PUBLISHED -> units;
      case FILTERS -> filters;
      case STRICT -> active;
    };
  }
}
