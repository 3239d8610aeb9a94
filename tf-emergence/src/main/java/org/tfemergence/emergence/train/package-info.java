/**
 * What a training loop says to its callbacks and asks of them: the contract, without a loop.
 *
 * <p>A loop of any kind can honour it; the one of this project lives in the models module.
 */
package org.tfemergence.emergence.train;
