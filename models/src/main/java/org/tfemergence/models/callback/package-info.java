/**
 * Small things that watch a training: when to stop by a metric, metrics as a file or on the
 * terminal, and evaluators, which add figures of their own. They know the contract of loops, and no
 * loop.
 */
package org.tfemergence.models.callback;
