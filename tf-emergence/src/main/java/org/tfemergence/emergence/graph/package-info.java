/**
 * All operations that this module adds to a TensorFlow graph, and handles on what stands in one.
 *
 * <p>What the operations mean is defined, in plain Java, in {@code activity} and {@code measure};
 * when they run is decided in {@code callback}.
 */
package org.tfemergence.emergence.graph;
