package org.tfemergence.emergence.measure;

import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.network.Layer;

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

  long passable(Layer layer, LayerActivity activity) {
    return switch (this) {
      case PUBLISHED -> activity.units();
      case FILTERS -> layer.channels();
      case STRICT -> activity.active();
    };
  }
}
