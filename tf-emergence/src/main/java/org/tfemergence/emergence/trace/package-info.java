/**
 * The network that an existing TensorFlow graph computes, found by walking its operations.
 *
 * <p>Reads graphs, and copies parts of one where function calls have to be replaced by their
 * bodies; computes nothing and trains nothing. What is not understood is named, never guessed.
 */
package org.tfemergence.emergence.trace;
