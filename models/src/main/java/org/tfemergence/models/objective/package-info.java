/**
 * What a model is trained for: losses and metrics, from logits and labels. Knows no model and no
 * data.
 */
package org.tfemergence.models.objective;
