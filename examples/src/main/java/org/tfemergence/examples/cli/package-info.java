/**
 * The {@code emergence} program: arguments in, an experiment run, files and a table out; every
 * failure as one line.
 *
 * <p>Nothing is computed here: the experiments are in {@code experiment}, the files are written by
 * {@code report}, data is found by {@code data}.
 */
package org.tfemergence.examples.cli;
