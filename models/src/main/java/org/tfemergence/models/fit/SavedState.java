package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.util.Objects;

/**
 * What a checkpoint knows besides the values of variables.
 *
 * @param position how far the training is
 * @param seed the seed of all that is random in it
 * @param options its options in words: trainings of equal words go on alike
 * @param metrics the figures of the last result that was told
 * @param stopped whether a rule has ended the training
 * @param callbacks what each callback knows, by its name
 */
public record SavedState(
    Position position,
    long seed,
    String options,
    ImmutableMap<String, Double> metrics,
    boolean stopped,
    ImmutableMap<String, ByteString> callbacks) {
  /** Creates a state. */
  public SavedState {
    Objects.requireNonNull(position, "position");
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(metrics, "metrics");
    Objects.requireNonNull(callbacks, "callbacks");
  }

  /**
   * Creates the state of a training that no rule has ended.
   *
   * @param position how far the training is
   * @param seed the seed of all that is random in it
   * @param options its options in words
   * @param metrics the figures of the last result that was told
   * @param callbacks what each callback knows, by its name
   */
  public SavedState(
      Position position,
      long seed,
      String options,
      ImmutableMap<String, Double> metrics,
      ImmutableMap<String, ByteString> callbacks) {
    this(position, seed, options, metrics, false, callbacks);
  }
}
