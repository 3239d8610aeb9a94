package org.tfemergence.models.fit;

import java.util.Objects;

/**
 * A device of this machine.
 *
 * @param kind what it is
 * @param index its number among those of its kind, from 0
 */
public record Device(Kind kind, int index) {
  /** What a device is. */
  public enum Kind {
    /** A processor; a session may have several logical ones. */
    CPU,
    /** A graphics card. */
    GPU,
    /** What TensorFlow takes by itself: a graphics card if there is one. */
    ANY
  }

  /**
   * Creates a device.
   *
   * @throws IllegalArgumentException if the index is negative
   */
  public Device {
    Objects.requireNonNull(kind, "kind");
    if (index < 0) {
      throw new IllegalArgumentException("device index must not be negative, got " + index);
    }
  }

  /**
   * Returns the device that TensorFlow takes by itself.
   *
   * @return the first graphics card, or the processor
   */
  public static Device any() {
    return new Device(Kind.ANY, 0);
  }

  /**
   * Returns a logical processor.
   *
   * @param index its number, from 0
   * @return the device
   */
  public static Device cpu(int index) {
    return new Device(Kind.CPU, index);
  }

  /**
   * Returns a graphics card.
   *
   * @param index its number, from 0
   * @return the device
   */
  public static Device gpu(int index) {
    return new Device(Kind.GPU, index);
  }

  /** Returns TensorFlow's name of it. */
  String path() {
    return "/device:" + kind + ":" + index;
  }
}
