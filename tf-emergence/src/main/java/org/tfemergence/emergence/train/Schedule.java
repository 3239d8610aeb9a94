package org.tfemergence.emergence.train;

import java.util.Objects;

/**
 * A value that depends on the training step: a learning rate, a sparsity. A pure function, and
 * composed of others:
 *
 * <pre>{@code
 * Schedule.warmup(500, Schedule.cosine(0.1, 0, 10_000))
 * Schedule.constant(0.1).until(3_000, Schedule.constant(0.01))
 * }</pre>
 */
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
   * @param value the value, finite
   * @return the schedule
   * @throws IllegalArgumentException if the value is not finite
   */
  static Schedule constant(double value) {
    requireFinite("value", value);
    return step -> value;
  }

  /**
   * Returns a schedule that falls, or rises, along a power of what is left.
   *
   * <pre>{@code
   * to + (from - to) (1 - min(step, steps) / steps)^power
   * }</pre>
   *
   * @param from the value at step 0, finite
   * @param to the value from step {@code steps} on, finite
   * @param steps how long it takes, at least 1
   * @param power finite and positive; 1 is a straight line, 3 the rise of sparsity of Zhu and Gupta
   *     (arXiv 1710.01878)
   * @return the schedule
   * @throws IllegalArgumentException if an argument is out of its range
   */
  static Schedule polynomial(double from, double to, long steps, double power) {
    requireFinite("from", from);
    requireFinite("to", to);
    requirePositive("steps", steps);
    if (!(power > 0 && Double.isFinite(power))) {
      throw new IllegalArgumentException("power must be finite and positive, got " + power);
    }
    return step -> to + (from - to) * Math.pow(1 - share(step, steps), power);
  }

  /**
   * Returns a schedule that goes straight from one value to another.
   *
   * @param from the value at step 0, finite
   * @param to the value from step {@code steps} on, finite
   * @param steps how long it takes, at least 1
   * @return the schedule
   * @throws IllegalArgumentException if {@code steps < 1}, or a value is not finite
   */
  static Schedule linear(double from, double to, long steps) {
    return polynomial(from, to, steps, 1);
  }

  /**
   * Returns a schedule along half a wave of the cosine (Loshchilov and Hutter, arXiv 1608.03983,
   * equation 5), step by step.
   *
   * <pre>{@code
   * to + (from - to) (1 + cos(pi min(step, steps) / steps)) / 2
   * }</pre>
   *
   * @param from the value at step 0, finite
   * @param to the value from step {@code steps} on, finite
   * @param steps how long it takes, at least 1
   * @return the schedule
   * @throws IllegalArgumentException if {@code steps < 1}, or a value is not finite
   */
  static Schedule cosine(double from, double to, long steps) {
    requireFinite("from", from);
    requireFinite("to", to);
    requirePositive("steps", steps);
    return step -> to + (from - to) * (1 + Math.cos(Math.PI * share(step, steps))) / 2;
  }

  /**
   * Returns the schedule of "Attention Is All You Need" (arXiv 1706.03762, equation 3) without its
   * factor of the model's width: up in a straight line, then down with the root of the step.
   *
   * <pre>{@code
   * peak min(step / steps, sqrt(steps / step))
   * }</pre>
   *
   * <p>It has its rise within itself. With another one, such as fairseq's from 1e-7, it is
   *
   * <pre>{@code
   * Schedule.linear(1e-7, peak, steps).until(steps, Schedule.inverseSquareRoot(peak, steps))
   * }</pre>
   *
   * @param peak the value at step {@code steps}, finite; the paper's is {@code 1 / sqrt(width
   *     steps)}
   * @param steps the length of the rise, at least 1
   * @return the schedule
   * @throws IllegalArgumentException if {@code steps < 1}, or the peak is not finite
   */
  static Schedule inverseSquareRoot(double peak, long steps) {
    requireFinite("peak", peak);
    requirePositive("steps", steps);
    return step ->
        step <= steps ? peak * share(step, steps) : peak * Math.sqrt(steps / (double) step);
  }

  /**
   * Returns a schedule that rises in a straight line from 0 to where another one begins.
   *
   * @param steps the length of the rise, at least 1; in step {@code steps} the other's value at its
   *     step 0 is reached
   * @param then the other schedule, which must begin above 0: one that rises from 0 itself, as
   *     {@link #inverseSquareRoot} and another warm-up do, would be 0 for all of the rise. It
   *     counts its steps from the end of the rise
   * @return the schedule
   * @throws IllegalArgumentException if {@code steps < 1}, or the other's value at its step 0 is
   *     not finite and positive
   */
  static Schedule warmup(long steps, Schedule then) {
    requirePositive("steps", steps);
    double top = then.at(0);
    if (!(top > 0 && Double.isFinite(top))) {
      throw new IllegalArgumentException(
          "a warm-up must rise to a finite value above 0, got a schedule that begins with "
              + top
              + "; one that rises by itself, as inverseSquareRoot, needs none");
    }
    return step -> step < steps ? top * share(step, steps) : then.at(step - steps);
  }

  /**
   * Returns a schedule that multiplies its value by a factor at regular steps.
   *
   * <pre>{@code
   * from factor^floor(step / every)
   * }</pre>
   *
   * @param from the value at step 0, finite
   * @param factor what it is multiplied by, finite and positive
   * @param every the number of steps between two changes, at least 1
   * @return the schedule
   * @throws IllegalArgumentException if an argument is out of its range
   */
  static Schedule steps(double from, double factor, long every) {
    requireFinite("from", from);
    requirePositive("every", every);
    if (!(factor > 0 && Double.isFinite(factor))) {
      throw new IllegalArgumentException("factor must be finite and positive, got " + factor);
    }
    return step -> from * Math.pow(factor, (double) Math.floorDiv(step, every));
  }

  /**
   * Returns a schedule that goes over into another one.
   *
   * @param step the first step of the other schedule, at least 1
   * @param next the other schedule; it sees the same step numbers
   * @return this schedule before {@code step}, {@code next} from then on
   * @throws IllegalArgumentException if {@code step < 1}: there would be nothing of this schedule
   */
  default Schedule until(long step, Schedule next) {
    requirePositive("step", step);
    Objects.requireNonNull(next, "next");
    return at -> at < step ? at(at) : next.at(at);
  }

  private static double share(long step, long steps) {
    return Math.max(0, Math.min(step, steps)) / (double) steps;
  }

  private static void requireFinite(String name, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(name + " must be finite, got " + value);
    }
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, got " + value);
    }
  }
}
