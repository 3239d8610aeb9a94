/**
 * Emergence itself: pure functions from a network and its activity to a number.
 *
 * <p>Plain Java without TensorFlow. The same formulas as operations of a graph live in {@code
 * graph}.
 */
package org.tfemergence.emergence.measure;
