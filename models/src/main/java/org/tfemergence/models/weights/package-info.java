/**
 * Weights on their way from one model to another, by name: from other frameworks' files, from
 * checkpoints, between models. Knows nothing of layers: names and layouts are the caller's to map.
 */
package org.tfemergence.models.weights;
