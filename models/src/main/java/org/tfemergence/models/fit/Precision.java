package org.tfemergence.models.fit;

/** In which numbers a training computes; variables are float32 in any case. */
public enum Precision {
  /** Everything in float32. */
  FLOAT32,
  /** Matrix products and convolutions in bfloat16 where TensorFlow's optimizer finds it safe. */
  BFLOAT16
}
