/**
 * Masks: how many weights stay, which ones, and the report of it.
 *
 * <p>Plain Java without TensorFlow, the reference for what {@code graph} computes on the device.
 */
package org.tfemergence.prune.mask;
