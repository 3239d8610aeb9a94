/**
 * Ready callbacks: emergence, dead units and histograms of activations read off a training, and
 * stopping by emergence, with what they are told: when and on which examples.
 *
 * <p>They join probe, measure and history and hold no formula of their own; those are in {@code
 * graph} and {@code measure}. The contract they keep to, and the loop's side of it, is in {@code
 * train}.
 */
package org.tfemergence.emergence.callback;
