package org.tfemergence.emergence.train;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Objects;

/**
 * What came of an epoch.
 *
 * @param epoch the number of epochs done; 0 tells of the network before training
 * @param step the number of updates done
 * @param metrics the measured values by name, such as {@code loss}, {@code accuracy}, {@code
 *     val_loss}, {@code val_accuracy}
 */
public record EpochResult(int epoch, long step, ImmutableMap<String, Double> metrics) {
  /** Refuses null. */
  public EpochResult {
    Objects.requireNonNull(metrics, "metrics");
  }

  /**
   * Tells callbacks of this result. One that throws keeps no other from hearing of it; what it
   * threw is thrown when all have.
   *
   * @param callbacks the callbacks, attached
   */
  public void tell(List<? extends TrainingCallback> callbacks) {
    Failures failures = new Failures();
    for (TrainingCallback callback : callbacks) {
      failures.during(() -> callback.completed(this));
    }
    failures.rethrow();
  }
}
