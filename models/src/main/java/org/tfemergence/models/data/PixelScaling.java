package org.tfemergence.models.data;

import com.google.common.collect.ImmutableList;
import java.util.Collections;
import java.util.Objects;
import org.tfemergence.models.augment.ImageShape;

/**
 * How bytes become numbers: {@code (byte / 255 - mean) / deviation}, by channel.
 *
 * @param mean what is subtracted, finite
 * @param deviation what is divided by, finite and positive, of as many channels
 */
public record PixelScaling(ImmutableList<Double> mean, ImmutableList<Double> deviation) {
  /**
   * Creates a scaling.
   *
   * @throws IllegalArgumentException if there is no channel, the numbers of channels differ, or a
   *     value is out of its range
   */
  public PixelScaling {
    Objects.requireNonNull(mean, "mean");
    Objects.requireNonNull(deviation, "deviation");
    if (mean.isEmpty() || mean.size() != deviation.size()) {
      throw new IllegalArgumentException(
          "mean and deviation must be of the same channels, got " + mean + " and " + deviation);
    }
    for (double value : mean) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("mean must be finite, got " + mean);
      }
    }
    for (double value : deviation) {
      if (!(value > 0 && Double.isFinite(value))) {
        throw new IllegalArgumentException(
            "deviation must be finite and positive, got " + deviation);
      }
    }
  }

  /**
   * Returns the scaling to [0, 1].
   *
   * @param channels the number of channels, at least 1
   * @return mean 0 and deviation 1
   */
  public static PixelScaling none(int channels) {
    return new PixelScaling(
        ImmutableList.copyOf(Collections.nCopies(channels, 0.0)),
        ImmutableList.copyOf(Collections.nCopies(channels, 1.0)));
  }

  void apply(byte[] pixels, int from, float[] values, int to, ImageShape shape) {
    int channels = shape.channels();
    for (int c = 0; c < channels; c++) {
      double subtracted = mean.get(c);
      double divisor = deviation.get(c);
      for (int i = c; i < shape.values(); i += channels) {
        values[to + i] = (float) (((pixels[from + i] & 0xff) / 255.0 - subtracted) / divisor);
      }
    }
  }
}
