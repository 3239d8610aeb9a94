/**
 * What it costs, and whether convolutions and pooling are what they should be on this machine.
 * {@code benchmarks/run} runs it: JMH for functions, paired runs of whole trainings for what would
 * drown in the noise of a machine otherwise.
 */
package org.tfemergence.benchmarks;
