/**
 * Masks as variables of a TensorFlow graph, computed and enforced by its operations.
 *
 * <p>What the operations choose is defined, in plain Java, in {@code mask}.
 */
package org.tfemergence.prune.graph;
