/**
 * What a network looks like: its layers, their sizes and how they are wired.
 *
 * <p>Plain Java without TensorFlow. What the layers compute, and how active they are, lives
 * elsewhere.
 */
package org.tfemergence.emergence.network;
