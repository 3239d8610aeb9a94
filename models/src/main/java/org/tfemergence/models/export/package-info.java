/**
 * Trained models in the formats others read: the SavedModel with its signatures, and the record of
 * the model that goes with it.
 *
 * <p>Not here: checkpoints, which keep a training rather than a model ({@code fit}), and weights by
 * name ({@code weights}, {@code npz}).
 */
package org.tfemergence.models.export;
