/**
 * The arithmetic of initialization: fans, gains, the factor of each layer, and the table of them.
 *
 * <p>Plain Java without TensorFlow. What draws the values lives in {@code initializer}.
 */
package org.tfemergence.init.plan;
