package org.tfemergence.emergence.network;

import java.util.Objects;

/** How the units of one layer feed those of another. */
public sealed interface Wiring {
  /** Every unit feeds every unit. */
  record Dense() implements Wiring {}

  /**
   * A dense layer applied at each position alike, over the last axis: in layers of {@code
   * [positions..., width]} every channel feeds every channel of its own position, by the one kernel
   * of [in, out] that all positions share.
   */
  record PerPosition() implements Wiring {}

  /**
   * Each unit feeds the unit at its own position: activation, normalization, residual add,
   * flattening (which keeps the order), and, with an offset, concatenation.
   *
   * @param channelOffset by how many channels the positions are moved, at least 0
   */
  record OneToOne(long channelOffset) implements Wiring {
    /**
     * Creates the wiring.
     *
     * @throws IllegalArgumentException if the offset is negative
     */
    public OneToOne {
      if (channelOffset < 0) {
        throw new IllegalArgumentException(
            "channelOffset must not be negative, got " + channelOffset);
      }
    }
  }

  /**
   * A part of a layer along one of its axes: each unit in it feeds the unit that stands in its
   * place, the others feed nothing. Splits and slices are made of it.
   *
   * @param axis which axis of the shape, from 0
   * @param start where the part begins along the axis, at least 0
   * @param count how long it is, at least 1
   */
  record Selection(int axis, long start, long count) implements Wiring {
    /**
     * Creates the wiring.
     *
     * @throws IllegalArgumentException if the axis or the start is negative, or {@code count < 1}
     */
    public Selection {
      if (axis < 0) {
        throw new IllegalArgumentException("axis must not be negative, got " + axis);
      }
      if (start < 0) {
        throw new IllegalArgumentException("start must not be negative, got " + start);
      }
      if (count < 1) {
        throw new IllegalArgumentException("count must be at least 1, got " + count);
      }
    }
  }

  /**
   * A convolution over maps of [height, width, channels]: each unit feeds the windows it lies in,
   * in all output channels of its group.
   *
   * @param window where the windows lie
   * @param groups the number of groups into which the channels are split, at least 1; with as many
   *     groups as input channels it is depthwise
   */
  record Convolution(Window window, int groups) implements Wiring {
    /**
     * Creates the wiring.
     *
     * @throws IllegalArgumentException if {@code groups < 1}
     */
    public Convolution {
      Objects.requireNonNull(window, "window");
      if (groups < 1) {
        throw new IllegalArgumentException("groups must be at least 1, got " + groups);
      }
    }
  }

  /**
   * Pooling over maps of [height, width, channels]: each unit feeds the windows it lies in, in its
   * own channel.
   *
   * @param window where the windows lie
   */
  record Pooling(Window window) implements Wiring {
    /** Refuses null. */
    public Pooling {
      Objects.requireNonNull(window, "window");
    }
  }

  /**
   * Attention over sequences of [positions, width]: within a head, each unit feeds all units of the
   * positions that may look at its own.
   *
   * @param heads the number of heads, which divides the width, at least 1
   * @param reach which positions may look where
   */
  record Attention(int heads, Reach reach) implements Wiring {
    /** Which positions of the target may look at which of the source. */
    public enum Reach {
      /** All at all. */
      ALL,
      /** Each at itself and those before it. */
      CAUSAL,
      /** Each at itself only, as a query does. */
      SELF
    }

    /**
     * Creates the wiring.
     *
     * @throws IllegalArgumentException if {@code heads < 1}
     */
    public Attention {
      Objects.requireNonNull(reach, "reach");
      if (heads < 1) {
        throw new IllegalArgumentException("heads must be at least 1, got " + heads);
      }
    }
  }
}
