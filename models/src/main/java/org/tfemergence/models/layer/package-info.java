/**
 * Layers and the contract of a model made of them.
 *
 * <p>A layer is described first, by a record that knows its sizes; built once, which makes its
 * variables; and called as often as needed, which adds operations that share them. Shapes: kernels
 * are [in, out] or [height, width, in, out], activations [batch, units] or [batch, height, width,
 * channels].
 */
package org.tfemergence.models.layer;
