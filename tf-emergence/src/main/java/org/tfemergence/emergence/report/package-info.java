/**
 * Records of what was measured, and the files they are written to and read from.
 *
 * <p>Knows TensorFlow's event protocol buffers but no graph. Pictures and pages live in the
 * examples.
 */
package org.tfemergence.emergence.report;
