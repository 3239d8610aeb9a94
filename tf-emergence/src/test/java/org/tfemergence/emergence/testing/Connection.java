package org.tfemergence.emergence.testing;

import java.util.ArrayList;
import java.util.List;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.network.Wiring.Selection;

/**
 * A connection between a unit and a unit.
 *
 * @param source the unit that feeds, row-major
 * @param target the unit that is fed, row-major
 * @param weight its place in the kernel, row-major, or -1
 */
public record Connection(int source, int target, int weight) {
  /**
   * Lists the connections of a wiring from its definition, seen from the target: each unit that is
   * fed looks for those that feed it.
   */
  public static List<Connection> define(Layer from, Layer to, Wiring wiring) {
    List<Connection> all = new ArrayList<>();
    if (wiring instanceof Wiring.Dense) {
      for (int target = 0; target < to.units(); target++) {
        for (int source = 0; source < from.units(); source++) {
          all.add(new Connection(source, target, source * (int) to.units() + target));
        }
      }
    } else if (wiring instanceof Wiring.PerPosition) {
      perPosition(from, to, all);
    } else if (wiring instanceof Convolution convolution) {
      convolution(from, to, convolution, all);
    } else if (wiring instanceof Pooling pooling) {
      pooling(from, to, pooling.window(), all);
    } else if (wiring instanceof OneToOne oneToOne) {
      oneToOne(from, to, (int) oneToOne.channelOffset(), all);
    } else if (wiring instanceof Selection selection) {
      selection(from, to, selection, all);
    } else if (wiring instanceof Attention attention) {
      attention(from, to, attention, all);
    }
    return all;
  }

  private static void perPosition(Layer from, Layer to, List<Connection> all) {
    int in = (int) from.channels();
    int out = (int) to.channels();
    for (int target = 0; target < to.units(); target++) {
      for (int i = 0; i < in; i++) {
        all.add(new Connection(target / out * in + i, target, i * out + target % out));
      }
    }
  }

  private static void convolution(
      Layer from, Layer to, Convolution convolution, List<Connection> all) {
    Window window = convolution.window();
    int in = dimension(from, 2) / convolution.groups();
    int out = dimension(to, 2) / convolution.groups();
    for (int y = 0; y < dimension(to, 0); y++) {
      for (int x = 0; x < dimension(to, 1); x++) {
        for (int filter = 0; filter < dimension(to, 2); filter++) {
          int group = filter / out;
          for (int row = 0; row < window.height(); row++) {
            for (int column = 0; column < window.width(); column++) {
              int inputRow = y * window.strideHeight() - window.top() + row;
              int inputColumn = x * window.strideWidth() - window.left() + column;
              for (int i = 0; inside(from, inputRow, inputColumn) && i < in; i++) {
                all.add(
                    new Connection(
                        unit(from, inputRow, inputColumn, group * in + i),
                        unit(to, y, x, filter),
                        ((row * window.width() + column) * in + i) * dimension(to, 2) + filter));
              }
            }
          }
        }
      }
    }
  }

  private static void pooling(Layer from, Layer to, Window window, List<Connection> all) {
    for (int y = 0; y < dimension(to, 0); y++) {
      for (int x = 0; x < dimension(to, 1); x++) {
        int firstRow = y * window.strideHeight() - window.top();
        int firstColumn = x * window.strideWidth() - window.left();
        for (int row = firstRow; row < firstRow + window.height(); row++) {
          for (int column = firstColumn; column < firstColumn + window.width(); column++) {
            for (int c = 0; inside(from, row, column) && c < dimension(from, 2); c++) {
              all.add(new Connection(unit(from, row, column, c), unit(to, y, x, c), -1));
            }
          }
        }
      }
    }
  }

  private static void oneToOne(Layer from, Layer to, int offset, List<Connection> all) {
    if (from.units() == to.units()) {
      for (int unit = 0; unit < to.units(); unit++) {
        all.add(new Connection(unit, unit, -1));
      }
      return;
    }
    int taken = (int) from.channels();
    for (int target = 0; target < to.units(); target++) {
      int channel = target % (int) to.channels() - offset;
      if (channel >= 0 && channel < taken) {
        all.add(new Connection(target / (int) to.channels() * taken + channel, target, -1));
      }
    }
  }

  /* Counts through the target's places, and moves each by the part's start. */
  private static void selection(Layer from, Layer to, Selection selection, List<Connection> all) {
    int axes = to.shape().size();
    int[] place = new int[axes];
    for (int target = 0; target < to.units(); target++) {
      int source = 0;
      for (int axis = 0; axis < axes; axis++) {
        int moved = axis == selection.axis() ? (int) selection.start() : 0;
        source = source * dimension(from, axis) + place[axis] + moved;
      }
      all.add(new Connection(source, target, -1));
      for (int axis = axes - 1; axis >= 0 && ++place[axis] == dimension(to, axis); axis--) {
        place[axis] = 0;
      }
    }
  }

  private static void attention(Layer from, Layer to, Attention attention, List<Connection> all) {
    int in = dimension(from, 1) / attention.heads();
    int out = dimension(to, 1) / attention.heads();
    for (int looking = 0; looking < dimension(to, 0); looking++) {
      for (int seen = 0; seen < dimension(from, 0); seen++) {
        boolean allowed =
            switch (attention.reach()) {
              case ALL -> true;
              case CAUSAL -> seen <= looking;
              case SELF -> seen == looking;
            };
        if (!allowed) {
          continue;
        }
        for (int head = 0; head < attention.heads(); head++) {
          for (int o = head * out; o < (head + 1) * out; o++) {
            for (int i = head * in; i < (head + 1) * in; i++) {
              int source = seen * dimension(from, 1) + i;
              all.add(new Connection(source, looking * dimension(to, 1) + o, -1));
            }
          }
        }
      }
    }
  }

  private static boolean inside(Layer map, int row, int column) {
    return row >= 0 && row < dimension(map, 0) && column >= 0 && column < dimension(map, 1);
  }

  private static int unit(Layer map, int row, int column, int channel) {
    return (row * dimension(map, 1) + column) * dimension(map, 2) + channel;
  }

  private static int dimension(Layer layer, int index) {
    return layer.shape().get(index).intValue();
  }
}
