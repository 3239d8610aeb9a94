/**
 * Pruning as a callback of a training loop: when, how much, and the masks kept through training.
 */
package org.tfemergence.prune.callback;
