package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.util.Objects;

/**
 * What a checkpoint knows besides the values of variables.
 *
 * @param position how far the training is
 * @param seed the seed of all that is random in it
 * @param model what the model computes, in words by name
 * @param options how it is trained, in words by name
 * @param metrics the figures of the last result that was told; none if weights were put in since
 * @param stopped whether a rule has ended the training
 * @param callbacks what each callback knows, by its name
 */
record SavedState(
    Position position,
    long seed,
    ImmutableMap<String, String> model,
    ImmutableMap<String, String> options,
    ImmutableMap<String, Double> metrics,
    boolean stopped,
    ImmutableMap<String, ByteString> callbacks) {
  /** Creates a state. */
  SavedState {
    Objects.requireNonNull(position, "position");
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(metrics, "metrics");
    Objects.requireNonNull(callbacks, "callbacks");
  }

  /** Returns the figures, if they are of the very weights that are saved with them. */
  ImmutableMap<String, Double> metricsOfTheseWeights() {
    return position.sums().count() == 0 ? metrics : ImmutableMap.of();
  }
}
