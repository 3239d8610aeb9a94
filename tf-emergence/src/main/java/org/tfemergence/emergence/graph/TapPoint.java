package org.tfemergence.emergence.graph;

/** Where along a layer its values are read. */
public enum TapPoint {
  /** Behind everything: normalization, then activation function. */
  ACTIVATION,
  /**
   * The output of the kernel, bias added, before a normalization. What follows a normalization
   * hardly depends on the scale of the kernel (arXiv 2407.19044 scales kernels), so this is where
   * such a scale shows. Layers without a normalization are read behind everything.
   */
  BEFORE_NORMALIZATION
}
