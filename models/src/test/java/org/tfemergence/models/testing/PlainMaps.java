package org.tfemergence.models.testing;

/**
 * Operations on maps of [batch, height, width, channels] in plain Java and double, by their
 * definitions: the oracle for what graphs compute.
 */
public final class PlainMaps {
  private PlainMaps() {}

  /** A batch of maps. */
  public static final class Maps {
    final int batch;
    final int height;
    final int width;
    final int channels;
    final double[] values;

    /** Creates a batch of maps from values in row-major order. */
    public Maps(int batch, int height, int width, int channels, double[] values) {
      this.batch = batch;
      this.height = height;
      this.width = width;
      this.channels = channels;
      this.values = values;
    }

    /** Returns the value at a place, or one that stands for the padding around the map. */
    double at(int n, int y, int x, int c, double outside) {
      boolean inside = y >= 0 && y < height && x >= 0 && x < width;
      return inside ? values[index(n, y, x, c)] : outside;
    }

    int index(int n, int y, int x, int c) {
      return ((n * height + y) * width + x) * channels + c;
    }

    Maps filled(int height, int width, int channels) {
      return new Maps(
          batch, height, width, channels, new double[batch * height * width * channels]);
    }
  }

  /** Where windows lie: their size, their distance, the padding before the map, their number. */
  public record Grid(
      int height,
      int width,
      int strideHeight,
      int strideWidth,
      int top,
      int left,
      int rows,
      int columns) {}

  /**
   * Convolves.
   *
   * @param maps the maps
   * @param kernel [height, width, channels / groups, filters]
   * @param filters the number of filters
   * @param groups the number of groups
   * @param grid where the windows lie
   * @return [batch, rows, columns, filters]
   */
  public static double[] convolve(Maps maps, double[] kernel, int filters, int groups, Grid grid) {
    Maps output = maps.filled(grid.rows(), grid.columns(), filters);
    int channels = maps.channels / groups;
    for (int n = 0; n < maps.batch; n++) {
      for (int y = 0; y < grid.rows(); y++) {
        for (int x = 0; x < grid.columns(); x++) {
          for (int f = 0; f < filters; f++) {
            int first = f / (filters / groups) * channels;
            double sum = 0;
            for (int i = 0; i < grid.height(); i++) {
              for (int j = 0; j < grid.width(); j++) {
                for (int c = 0; c < channels; c++) {
                  sum +=
                      kernel[((i * grid.width() + j) * channels + c) * filters + f]
                          * maps.at(
                              n,
                              y * grid.strideHeight() - grid.top() + i,
                              x * grid.strideWidth() - grid.left() + j,
                              first + c,
                              0);
                }
              }
            }
            output.values[output.index(n, y, x, f)] = sum;
          }
        }
      }
    }
    return output.values;
  }

  /**
   * Pools by the greatest value.
   *
   * @param maps the maps
   * @param grid where the windows lie
   * @return [batch, rows, columns, channels]
   */
  public static double[] greatest(Maps maps, Grid grid) {
    return pool(maps, grid, true);
  }

  /**
   * Pools by the mean of what lies inside the map.
   *
   * @param maps the maps
   * @param grid where the windows lie
   * @return [batch, rows, columns, channels]
   */
  public static double[] means(Maps maps, Grid grid) {
    return pool(maps, grid, false);
  }

  private static double[] pool(Maps maps, Grid grid, boolean greatest) {
    Maps output = maps.filled(grid.rows(), grid.columns(), maps.channels);
    for (int n = 0; n < maps.batch; n++) {
      for (int y = 0; y < grid.rows(); y++) {
        for (int x = 0; x < grid.columns(); x++) {
          for (int c = 0; c < maps.channels; c++) {
            double max = Double.NEGATIVE_INFINITY;
            double sum = 0;
            int inside = 0;
            for (int i = 0; i < grid.height(); i++) {
              for (int j = 0; j < grid.width(); j++) {
                double value =
                    maps.at(
                        n,
                        y * grid.strideHeight() - grid.top() + i,
                        x * grid.strideWidth() - grid.left() + j,
                        c,
                        Double.NaN);
                if (!Double.isNaN(value)) {
                  max = Math.max(max, value);
                  sum += value;
                  inside++;
                }
              }
            }
            output.values[output.index(n, y, x, c)] = greatest ? max : sum / inside;
          }
        }
      }
    }
    return output.values;
  }

  /** Adds a number to each channel, the last dimension. */
  public static double[] addBias(double[] values, double[] bias) {
    double[] sums = values.clone();
    for (int i = 0; i < sums.length; i++) {
      sums[i] += bias[i % bias.length];
    }
    return sums;
  }

  /** Returns the mean of each channel. */
  public static double[] channelMeans(double[] values, int channels) {
    double[] means = new double[channels];
    double number = (double) values.length / channels;
    for (int i = 0; i < values.length; i++) {
      means[i % channels] += values[i] / number;
    }
    return means;
  }

  /** Returns the variance of each channel, the sum of squares divided by their number. */
  public static double[] channelVariances(double[] values, int channels) {
    double[] means = channelMeans(values, channels);
    double[] squares = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      double away = values[i] - means[i % channels];
      squares[i] = away * away;
    }
    return channelMeans(squares, channels);
  }

  /** Normalizes each channel by a mean and a variance. */
  public static double[] normalize(
      double[] values,
      double[] mean,
      double[] variance,
      double epsilon,
      double[] gain,
      double[] offset) {
    double[] normalized = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      int c = i % mean.length;
      normalized[i] =
          gain[c] * (values[i] - mean[c]) / Math.sqrt(variance[c] + epsilon) + offset[c];
    }
    return normalized;
  }
}
