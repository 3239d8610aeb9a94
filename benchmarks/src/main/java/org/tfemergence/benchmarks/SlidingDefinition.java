package org.tfemergence.benchmarks;

import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Window;

/**
 * What a layer of sliding windows is by definition, in plain Java and double: its output, and the
 * gradients of a sum that weighs the output. Each connection between a value of the map and one of
 * the output is visited once.
 */
final class SlidingDefinition {
  /** The output, [batch, rows, columns, channels or filters]. */
  final double[] output;

  /** The gradient by the maps. */
  final double[] byInput;

  /** The gradient by the kernel; empty without one. */
  final double[] byKernel;

  private final Geometry geometry;
  private final Window window;
  private final float[] input;
  private final float[] kernel;
  private final float[] weights;

  /** Computes a layer on maps, with a kernel (empty for pooling) and a weight of each output. */
  SlidingDefinition(Geometry geometry, float[] input, float[] kernel, float[] weights) {
    this.geometry = geometry;
    this.window = geometry.window();
    this.input = input;
    this.kernel = kernel;
    this.weights = weights;
    output = new double[weights.length];
    byInput = new double[input.length];
    byKernel = new double[kernel.length];
    Shape shape = geometry.output();
    for (int n = 0; n < geometry.batch(); n++) {
      for (int y = 0; y < shape.get(1); y++) {
        for (int x = 0; x < shape.get(2); x++) {
          if (kernel.length > 0) {
            convolve(n, y, x);
          } else if (geometry.greatest()) {
            takeGreatest(n, y, x);
          } else {
            takeMean(n, y, x);
          }
        }
      }
    }
  }

  private void convolve(int n, int y, int x) {
    int filters = (int) geometry.output().get(3);
    int perGroup = (int) geometry.kernel().orElseThrow().get(2);
    int filtersPerGroup = filters / ((int) geometry.map().get(2) / perGroup);
    int first = at(geometry.output(), n, y, x);
    for (int i = 0; i < window.height(); i++) {
      for (int j = 0; j < window.width(); j++) {
        int place = place(n, y, x, i, j);
        for (int c = 0; place >= 0 && c < perGroup; c++) {
          int tap = ((i * window.width() + j) * perGroup + c) * filters;
          for (int f = 0; f < filters; f++) {
            int from = place + f / filtersPerGroup * perGroup + c;
            output[first + f] += (double) input[from] * kernel[tap + f];
            byInput[from] += (double) weights[first + f] * kernel[tap + f];
            byKernel[tap + f] += (double) weights[first + f] * input[from];
          }
        }
      }
    }
  }

  private void takeGreatest(int n, int y, int x) {
    int first = at(geometry.output(), n, y, x);
    for (int c = 0; c < geometry.map().get(2); c++) {
      int best = -1;
      for (int i = 0; i < window.height(); i++) {
        for (int j = 0; j < window.width(); j++) {
          int place = place(n, y, x, i, j);
          if (place >= 0 && (best < 0 || input[place + c] > input[best])) {
            best = place + c;
          }
        }
      }
      output[first + c] = input[best];
      byInput[best] += weights[first + c];
    }
  }

  private void takeMean(int n, int y, int x) {
    int first = at(geometry.output(), n, y, x);
    int inside = 0;
    for (int i = 0; i < window.height(); i++) {
      for (int j = 0; j < window.width(); j++) {
        inside += place(n, y, x, i, j) >= 0 ? 1 : 0;
      }
    }
    for (int i = 0; i < window.height(); i++) {
      for (int j = 0; j < window.width(); j++) {
        int place = place(n, y, x, i, j);
        for (int c = 0; place >= 0 && c < geometry.map().get(2); c++) {
          output[first + c] += (double) input[place + c] / inside;
          byInput[place + c] += (double) weights[first + c] / inside;
        }
      }
    }
  }

  /* Where a window's place lies in the maps, its first channel; -1 outside the map. */
  private int place(int n, int y, int x, int i, int j) {
    int row = y * window.strideHeight() - window.top() + i;
    int column = x * window.strideWidth() - window.left() + j;
    boolean inside =
        row >= 0 && row < geometry.map().get(0) && column >= 0 && column < geometry.map().get(1);
    return inside ? at(geometry.inputs(), n, row, column) : -1;
  }

  private static int at(Shape shape, int n, int y, int x) {
    return (int) (((n * shape.get(1) + y) * shape.get(2) + x) * shape.get(3));
  }
}
