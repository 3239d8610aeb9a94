package org.tfemergence.emergence.train;

/** A value that depends on the training step: a learning rate, a sparsity. A pure function. */
@FunctionalInterface
public interface Schedule {
  /**
   * Returns the value at a step.
   *
   * @param step the number of the update, from 1; 0 stands for the time before training
   * @return the value
   */
  double at(long step);

  /**
   * Returns a schedule that never changes.
   *
   * @param value the value
   * @return the schedule
   */
  static Schedule constant(double value) {
    return step -> value;
  }

  /**
   * Returns a schedule that goes over into another one.
   *
   * @param step the first step of the other schedule
   * @param next the other schedule; it sees the same step numbers
   * @return this schedule before {@code step}, {@code next} from then on
   */
  default Schedule until(long step, Schedule next) {
    return at -> at < step ? at(at) : next.at(at);
  }
}
