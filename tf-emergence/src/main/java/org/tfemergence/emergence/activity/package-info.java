/**
 * Which units are active: the rule, the counting and the counts.
 *
 * <p>Plain Java without TensorFlow, the reference for what the graph computes on the device. What
 * the counts mean for a network lives in {@code measure}.
 */
package org.tfemergence.emergence.activity;
