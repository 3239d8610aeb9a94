/**
 * Optimizers: how gradients become updates; and what is done to gradients before. They work on the
 * variables they are given, take the learning rate as a tensor, and are repeatable: no two of their
 * operations race.
 */
package org.tfemergence.models.optimize;
