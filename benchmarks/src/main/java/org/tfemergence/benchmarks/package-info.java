/**
 * What it costs. {@code benchmarks/run} runs it: JMH for functions, paired runs of whole trainings
 * for what would drown in the noise of a machine otherwise.
 */
package org.tfemergence.benchmarks;
