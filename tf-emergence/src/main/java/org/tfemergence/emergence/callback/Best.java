package org.tfemergence.emergence.callback;

import org.tfemergence.emergence.train.EpochResult;

/**
 * By which figure of an epoch its weights are the best.
 *
 * @param metric the figure's name in {@link EpochResult#metrics}
 * @param order which of two is better
 */
public record Best(String metric, Order order) {
  /** The lowest loss over the validation data. */
  public static final Best VALIDATION_LOSS = new Best("val_loss", Order.LOWEST);

  /** The highest accuracy over the validation data. */
  public static final Best VALIDATION_ACCURACY = new Best("val_accuracy", Order.HIGHEST);

  /** Which of two values is better. */
  public enum Order {
    /** The lower, as of a loss. */
    LOWEST,
    /** The higher, as of an accuracy. */
    HIGHEST
  }

  double of(EpochResult result) {
    Double value = result.metrics().get(metric);
    if (value == null) {
      throw new IllegalArgumentException(
          "epoch "
              + result.epoch()
              + " has no '"
              + metric
              + "', only "
              + result.metrics().keySet());
    }
    return value;
  }

  /* NaN is no better than anything. */
  boolean better(double value, double than) {
    return order == Order.LOWEST ? value < than : value > than;
  }

  double worst() {
    return order == Order.LOWEST ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
  }
}
