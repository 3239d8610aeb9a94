/**
 * Training: data in order, the loop, checkpoints.
 *
 * <p>The loop is {@code Trainer.fit}. What watches or changes a training is a {@code
 * TrainingCallback}.
 */
package org.tfemergence.models.fit;
