package org.tfemergence.models.fit;

/** In which numbers a training computes; variables are float32 in any case. */
public enum Precision {
  /** Everything in float32. */
  FLOAT32,
  /**
   * Matrix products and convolutions in bfloat16 where TensorFlow's optimizer finds it safe: on the
   * CPU, by oneDNN, and to advantage only on one with AVX-512 (or AVX-NE-CONVERT). What is computed
   * on a graphics card stays in float32.
   */
  BFLOAT16
}
