package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tfemergence.emergence.train.TrainingCallback;

/**
 * What the callbacks of a training know, by their names. Of several of the same name, the second is
 * {@code NAME#2}, and so on in the training's order.
 */
final class CallbackStates {
  private static final Logger LOG = LogManager.getLogger(CallbackStates.class);

  private CallbackStates() {}

  static ImmutableMap<String, ByteString> of(List<TrainingCallback> callbacks) {
    ImmutableMap.Builder<String, ByteString> states = ImmutableMap.builder();
    named(callbacks).forEach((name, callback) -> states.put(name, hostState(name, callback)));
    return states.buildOrThrow();
  }

  /**
   * Hands out states.
   *
   * @throws IllegalArgumentException if a callback refuses its own; all are then as they were, as
   *     after any other failure, but for those that could not have been saved
   */
  static void restore(List<TrainingCallback> callbacks, ImmutableMap<String, ByteString> states) {
    ImmutableMap<String, TrainingCallback> named = named(callbacks);
    ImmutableMap<String, ByteString> before = ifKnown(named);
    try {
      named.forEach(
          (name, callback) -> {
            if (states.containsKey(name)) {
              callback.restoreHostState(states.get(name));
            } else {
              LOG.warn("the checkpoint knows nothing of callback '{}', which stays as it is", name);
            }
          });
    } catch (RuntimeException e) {
      before.forEach((name, state) -> named.get(name).restoreHostState(state));
      throw e;
    }
    states.keySet().stream()
        .filter(name -> !named.containsKey(name))
        .forEach(name -> LOG.warn("this training has no callback '{}' of the checkpoint's", name));
  }

  /* A training that failed between two steps may have callbacks that wait for the second. */
  private static ImmutableMap<String, ByteString> ifKnown(
      ImmutableMap<String, TrainingCallback> named) {
    ImmutableMap.Builder<String, ByteString> states = ImmutableMap.builder();
    named.forEach(
        (name, callback) -> {
          try {
            states.put(name, hostState(name, callback));
          } catch (IllegalStateException e) {
            LOG.debug("callback '{}' cannot be put back to where it is", name, e);
          }
        });
    return states.buildOrThrow();
  }

  private static ByteString hostState(String name, TrainingCallback callback) {
    return Objects.requireNonNull(
        callback.hostState(), () -> "host state of callback '" + name + "'");
  }

  private static ImmutableMap<String, TrainingCallback> named(List<TrainingCallback> callbacks) {
    ImmutableMap.Builder<String, TrainingCallback> named = ImmutableMap.builder();
    Map<String, Integer> times = new HashMap<>();
    for (TrainingCallback callback : callbacks) {
      String own = Objects.requireNonNull(callback.name(), () -> "name of callback " + callback);
      int time = times.merge(own, 1, Integer::sum);
      named.put(own + (time == 1 ? "" : "#" + time), callback);
    }
    return named.buildOrThrow();
  }
}
