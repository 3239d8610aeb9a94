/**
 * The experiments, one class per claim: a specification goes in, a result comes out. Nothing is
 * printed here; pictures and pages are made in {@code report}.
 */
package org.tfemergence.examples.experiment;
