/**
 * Initializers for TensorFlow graphs. They implement the framework's {@code Initializer}, so that
 * they drop into existing code, and are right where the framework's own are not: fans of
 * convolutions, uniform distributions around zero.
 *
 * <p>The arithmetic lives in {@code plan}.
 */
package org.tfemergence.init.initializer;
