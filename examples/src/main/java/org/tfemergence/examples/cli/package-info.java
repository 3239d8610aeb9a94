/** The {@code emergence} program: arguments in, an experiment run, files and a table out. */
package org.tfemergence.examples.cli;
