/**
 * Small things that watch a training: when to stop by a metric, metrics as a file. They know the
 * contract of loops, and no loop.
 */
package org.tfemergence.models.callback;
