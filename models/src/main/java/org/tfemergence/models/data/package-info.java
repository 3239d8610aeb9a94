/**
 * Examples in memory: what an epoch's batches are, and how a batch is gathered. Pure functions of
 * seeds, safe to be called from several threads; plain Java arrays, no tensors.
 */
package org.tfemergence.models.data;
