package org.tfemergence.emergence.network;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.Dense;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.PerPosition;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.network.Wiring.Selection;

/**
 * The single connections between the units of two layers, one by one: the reference for all that is
 * computed from a {@link Wiring}. Units are numbered in row-major order, channels last.
 */
public final class Wires {
  private final Layer from;
  private final Layer to;
  private final Wiring wiring;

  /**
   * Creates the connections between two layers.
   *
   * @param from the layer that feeds
   * @param to the layer that is fed
   * @param wiring how
   * @throws IllegalArgumentException if the layers' shapes do not suit the wiring
   */
  public Wires(Layer from, Layer to, Wiring wiring) {
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(to, "to");
    Objects.requireNonNull(wiring, "wiring");
    this.from = from;
    this.to = to;
    this.wiring = wiring;
    checkShapes();
  }

  /**
   * Returns the shape of the kernel that holds the connections' weights.
   *
   * @return [in, out], in units or, where all positions share it, in channels; [height, width, in
   *     per group, out] of a convolution; empty where there are no weights
   */
  public Optional<ImmutableList<Long>> kernel() {
    if (wiring instanceof Dense) {
      return Optional.of(ImmutableList.of(from.units(), to.units()));
    } else if (wiring instanceof PerPosition) {
      return Optional.of(ImmutableList.of(from.channels(), to.channels()));
    } else if (wiring instanceof Convolution convolution) {
      return Optional.of(
          ImmutableList.of(
              (long) convolution.window().height(),
              (long) convolution.window().width(),
              from.channels() / convolution.groups(),
              to.channels()));
    }
    return Optional.empty();
  }

  /** Hears of each connection. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Hears of a connection.
     *
     * @param target the unit that is fed
     * @param weight the index of the connection's weight in the {@link #kernel}, row-major; -1
     *     where there is no weight
     */
    void connection(int target, int weight);
  }

  /**
   * Visits the connections of a unit.
   *
   * @param unit the unit that feeds, from 0
   * @param visitor hears of each unit it feeds, once per connection
   */
  public void forEach(int unit, Visitor visitor) {
    if (wiring instanceof Dense) {
      int targets = (int) to.units();
      for (int target = 0; target < targets; target++) {
        visitor.connection(target, unit * targets + target);
      }
    } else if (wiring instanceof PerPosition) {
      int channel = unit % channels(from);
      int position = unit / channels(from);
      for (int out = 0; out < channels(to); out++) {
        visitor.connection(position * channels(to) + out, channel * channels(to) + out);
      }
    } else if (wiring instanceof OneToOne oneToOne) {
      int channel = unit % channels(from);
      int position = unit / channels(from);
      visitor.connection(
          from.units() == to.units()
              ? unit
              : position * channels(to) + channel + (int) oneToOne.channelOffset(),
          -1);
    } else if (wiring instanceof Selection selection) {
      select(unit, selection, visitor);
    } else if (wiring instanceof Convolution convolution) {
      convolve(unit, convolution, visitor);
    } else if (wiring instanceof Pooling pooling) {
      int channel = unit % channels(from);
      forEachWindow(
          unit,
          pooling.window(),
          (y, x, row, column) ->
              visitor.connection((y * width(to) + x) * channels(to) + channel, -1));
    } else if (wiring instanceof Attention attention) {
      attend(unit, attention, visitor);
    } else {
      throw new IllegalStateException("no connections of " + wiring);
    }
  }

  private void select(int unit, Selection selection, Visitor visitor) {
    int inner = 1;
    for (long dimension : from.shape().subList(selection.axis() + 1, from.shape().size())) {
      inner *= (int) dimension;
    }
    int size = from.shape().get(selection.axis()).intValue();
    int place = unit / inner % size - (int) selection.start();
    if (place >= 0 && place < selection.count()) {
      int outer = unit / inner / size;
      visitor.connection((outer * (int) selection.count() + place) * inner + unit % inner, -1);
    }
  }

  private void convolve(int unit, Convolution convolution, Visitor visitor) {
    int channel = unit % channels(from);
    int inPerGroup = channels(from) / convolution.groups();
    int outPerGroup = channels(to) / convolution.groups();
    int group = channel / inPerGroup;
    forEachWindow(
        unit,
        convolution.window(),
        (y, x, row, column) -> {
          int tap = row * convolution.window().width() + column;
          int weights = (tap * inPerGroup + channel % inPerGroup) * channels(to);
          int targets = (y * width(to) + x) * channels(to);
          for (int out = group * outPerGroup; out < (group + 1) * outPerGroup; out++) {
            visitor.connection(targets + out, weights + out);
          }
        });
  }

  /** Hears of a window that a unit lies in, and where in the window. */
  private interface WindowVisitor {
    void window(int y, int x, int row, int column);
  }

  private void forEachWindow(int unit, Window window, WindowVisitor visitor) {
    int position = unit / channels(from);
    int inputRow = position / width(from) + window.top();
    int inputColumn = position % width(from) + window.left();
    for (int y = 0; y < height(to); y++) {
      int row = inputRow - y * window.strideHeight();
      if (row < 0 || row >= window.height()) {
        continue;
      }
      for (int x = 0; x < width(to); x++) {
        int column = inputColumn - x * window.strideWidth();
        if (column >= 0 && column < window.width()) {
          visitor.window(y, x, row, column);
        }
      }
    }
  }

  private void attend(int unit, Attention attention, Visitor visitor) {
    int headWidth = channels(from) / attention.heads();
    int targetHeadWidth = channels(to) / attention.heads();
    int head = unit % channels(from) / headWidth;
    int source = unit / channels(from);
    for (int position = 0; position < to.units() / channels(to); position++) {
      boolean reaches =
          switch (attention.reach()) {
            case ALL -> true;
            case CAUSAL -> source <= position;
            case SELF -> source == position;
          };
      for (int c = 0; reaches && c < targetHeadWidth; c++) {
        visitor.connection(position * channels(to) + head * targetHeadWidth + c, -1);
      }
    }
  }

  private void checkShapes() {
    if (wiring instanceof PerPosition) {
      require(places(from).equals(places(to)), "the same dimensions before the last");
    } else if (wiring instanceof OneToOne oneToOne) {
      boolean samePositions = positions(from) == positions(to);
      boolean fits = samePositions && oneToOne.channelOffset() + channels(from) <= channels(to);
      require(
          fits || (from.units() == to.units() && oneToOne.channelOffset() == 0),
          "as many units, or as many positions and room for the channels");
    } else if (wiring instanceof Selection selection) {
      requirePart(selection);
    } else if (wiring instanceof Convolution convolution) {
      require(isMap(from) && isMap(to), "shapes of [height, width, channels]");
      require(
          channels(from) % convolution.groups() == 0 && channels(to) % convolution.groups() == 0,
          "channels that divide into " + convolution.groups() + " groups");
      requireReach(convolution.window());
    } else if (wiring instanceof Pooling pooling) {
      require(isMap(from) && isMap(to), "shapes of [height, width, channels]");
      require(channels(from) == channels(to), "as many channels");
      requireReach(pooling.window());
    } else if (wiring instanceof Attention attention) {
      require(from.shape().size() == 2 && to.shape().size() == 2, "shapes of [positions, width]");
      require(
          channels(from) % attention.heads() == 0 && channels(to) % attention.heads() == 0,
          "widths that divide into " + attention.heads() + " heads");
      require(
          attention.reach() == Attention.Reach.ALL || positions(from) == positions(to),
          "as many positions");
    } else if (!(wiring instanceof Dense)) { // which suits all
      throw new IllegalStateException("no shapes are known to suit " + wiring);
    }
  }

  private void requirePart(Selection selection) {
    int axis = selection.axis();
    require(axis < from.shape().size(), "an axis of the layer");
    require(selection.start() + selection.count() <= from.shape().get(axis), "a part of the layer");
    List<Long> part = new ArrayList<>(from.shape());
    part.set(axis, selection.count());
    require(to.shape().equals(part), "a target of shape " + part);
  }

  /*
   * The first window must end inside the input, and the last begin there, or the output is larger
   * than it can be.
   */
  private void requireReach(Window window) {
    require(
        window.top() < window.height()
            && window.left() < window.width()
            && (height(to) - 1) * window.strideHeight() - window.top() < height(from)
            && (width(to) - 1) * window.strideWidth() - window.left() < width(from),
        "an output whose windows " + window + " all touch the input");
  }

  private void require(boolean condition, String expected) {
    if (!condition) {
      throw new IllegalArgumentException(
          wiring
              + " from '"
              + from.name()
              + "' "
              + from.shape()
              + " to '"
              + to.name()
              + "' "
              + to.shape()
              + ": expected "
              + expected);
    }
  }

  private static boolean isMap(Layer layer) {
    return layer.shape().size() == 3;
  }

  private static int height(Layer layer) {
    return layer.shape().get(0).intValue();
  }

  private static int width(Layer layer) {
    return layer.shape().get(1).intValue();
  }

  private static int channels(Layer layer) {
    return (int) layer.channels();
  }

  private static List<Long> places(Layer layer) {
    return layer.shape().subList(0, layer.shape().size() - 1);
  }

  private static int positions(Layer layer) {
    return (int) (layer.units() / layer.channels());
  }
}
