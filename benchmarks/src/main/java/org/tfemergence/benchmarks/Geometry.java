package org.tfemergence.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Bias;
import org.tfemergence.models.layer.Conv2d;
import org.tfemergence.models.layer.DepthwiseConv2d;
import org.tfemergence.models.layer.LayerSpec;
import org.tfemergence.models.layer.Padding;
import org.tfemergence.models.layer.Pool;
import org.tfemergence.models.layer.Pooling;
import org.tfemergence.models.layer.Sliding;

/**
 * A layer of sliding windows, and the maps that it works on.
 *
 * @param layer the layer, without bias and activation function
 * @param batch the number of maps
 * @param map the shape of one, [height, width, channels]
 */
record Geometry(LayerSpec layer, int batch, Shape map) {
  private enum Kind {
    CONVOLUTION,
    GROUPS,
    DEPTHWISE,
    MAX,
    AVERAGE
  }

  /** Draws geometries whose windows fit, every kind of layer as often. */
  static List<Geometry> draw(int number, long seed) {
    Random random = new Random(seed);
    List<Geometry> drawn = new ArrayList<>();
    while (drawn.size() < number) {
      Kind kind = Kind.values()[drawn.size() % Kind.values().length];
      Geometry geometry = draw("layer" + drawn.size(), kind, random);
      if (geometry.fits()) {
        drawn.add(geometry);
      }
    }
    return drawn;
  }

  private static Geometry draw(String name, Kind kind, Random random) {
    int groups = kind == Kind.GROUPS ? 2 + random.nextInt(4) : 1;
    int channels = groups * channels(random, 17 / groups);
    Sliding window = window(kind, random);
    LayerSpec layer =
        switch (kind) {
          case CONVOLUTION, GROUPS ->
              Conv2d.of(name, groups * filters(random, 17 / groups), 1, Activation.LINEAR)
                  .withWindow(window)
                  .withGroups(groups)
                  .withBias(Bias.NONE);
          case DEPTHWISE ->
              new DepthwiseConv2d(
                  name,
                  1 + random.nextInt(3),
                  window,
                  Bias.NONE,
                  Optional.empty(),
                  Activation.LINEAR);
          case MAX -> new Pool(name, Pooling.MAX, window);
          case AVERAGE -> new Pool(name, Pooling.AVERAGE, window);
        };
    Shape map = Shape.of(size(random), size(random), channels);
    return new Geometry(layer, 1 + random.nextInt(3), map);
  }

  /* One channel is a case of its own to many an implementation. */
  private static int channels(Random random, int greatest) {
    return random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(greatest);
  }

  /* As many as vectors are computed of at once are another. */
  private static int filters(Random random, int greatest) {
    return random.nextInt(6) == 0 ? 32 * (1 + random.nextInt(2)) : channels(random, greatest);
  }

  /* Small maps, of which windows see all, are the ones that differ. */
  private static int size(Random random) {
    return random.nextBoolean() ? 1 + random.nextInt(7) : 3 + random.nextInt(26);
  }

  private static Sliding window(Kind kind, Random random) {
    int height = 1 + random.nextInt(5);
    int width = 1 + random.nextInt(5);
    int kinds = kind == Kind.AVERAGE ? 2 : 3;
    Padding padding =
        switch (random.nextInt(kinds)) {
          case 0 -> Padding.SAME;
          case 1 -> Padding.VALID;
          default ->
              new Padding.Explicit(
                  random.nextInt(height),
                  random.nextInt(height),
                  random.nextInt(width),
                  random.nextInt(width));
        };
    int strideHeight = 1 + random.nextInt(3);
    int strideWidth = random.nextBoolean() ? strideHeight : 1 + random.nextInt(3);
    return new Sliding(height, width, strideHeight, strideWidth, padding);
  }

  private boolean fits() {
    try {
      output();
      return true;
    } catch (IllegalArgumentException e) {
      return false; // the window is larger than the padded map
    }
  }

  /** Returns the shape of the maps. */
  Shape inputs() {
    return Shape.of(batch).append(map);
  }

  /** Returns the shape of what the layer makes of the maps. */
  Shape output() {
    return Shape.of(batch).append(layer.output(List.of(map)));
  }

  /** Returns the shape of the kernel, if there is one. */
  Optional<Shape> kernel() {
    return layer.kernel(List.of(map));
  }

  /** Tells whether the layer takes the greatest of each window. */
  boolean greatest() {
    return layer instanceof Pool pool && pool.pooling() == Pooling.MAX;
  }

  /** Returns where the windows lie. */
  Window window() {
    Wiring wiring = layer.wiring(0, List.of(map)).orElseThrow();
    return wiring instanceof Wiring.Convolution convolution
        ? convolution.window()
        : ((Wiring.Pooling) wiring).window();
  }
}
