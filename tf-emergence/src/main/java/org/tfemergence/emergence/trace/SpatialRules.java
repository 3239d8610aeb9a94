package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Longs;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.Pooling;

/** Convolutions, pooling, and reductions, over maps of [height, width, channels]. */
final class SpatialRules {
  private SpatialRules() {}

  static void addTo(ImmutableMap.Builder<String, OpRule> rules) {
    rules.put("Conv2D", OpRule.first(SpatialRules::convolve));
    rules.put("DepthwiseConv2dNative", OpRule.first(SpatialRules::convolve));
    rules.put("Conv2DBackpropInput", OpRule.first(SpatialRules::transposed));
    for (String type : List.of("MaxPool", "MaxPoolV2", "AvgPool")) {
      rules.put(type, OpRule.first(SpatialRules::pool));
    }
    for (String type : List.of("Mean", "Max", "Sum")) {
      rules.put(type, OpRule.first(SpatialRules::reduce));
    }
    for (String type : List.of("Pad", "PadV2")) {
      rules.put(type, OpRule.first(SpatialRules::pad));
    }
  }

  private static Flow convolve(Site site) {
    Flow.Carried from = map(site, 0);
    Kernel weights = kernel(site);
    Shape shape = site.input(1).shape();
    boolean depthwise = site.type().startsWith("Depthwise");
    long channels = depthwise ? shape.get(2) * shape.get(3) : shape.get(3);
    long groups = depthwise ? shape.get(2) : from.channels() / shape.get(2);
    Placed placed = place(site, from, shape.get(0), shape.get(1), site.integers("strides"));
    Part layer = site.parts().counted(site, placed.map(channels), weights);
    site.parts()
        .feed(from, from.shape(), layer, new Convolution(placed.window(), Math.toIntExact(groups)));
    return Flow.Carried.of(Optional.of(layer), layer.shape(), site.output());
  }

  private static Kernel kernel(Site site) {
    NotUnderstood.unless(
        site.integers("dilations").stream().allMatch(d -> d == 1),
        "its dilations are " + site.integers("dilations"));
    NotUnderstood.unless(site.flow(1).isEmpty(), "its kernel is computed from the input");
    Kernel kernel = site.parameters().kernel(site.input(1), false);
    Shape shape = site.input(1).shape();
    NotUnderstood.unless(
        !shape.isUnknown() && !shape.hasUnknownDimension(), "its kernel's shape is unknown");
    return kernel;
  }

  /*
   * A convolution by steps of 1 over a map between whose units there are as many rows and columns of
   * zeros as its steps leave out. The kernel is [height, width, out, in].
   */
  private static Flow transposed(Site site) {
    Flow.Carried from = map(site, 2);
    NotUnderstood.unless(!from.layout().isPadded(), "its input is padded");
    Shape shape = site.input(1).shape();
    Kernel weights = kernel(site).turned(shape, site.what());
    ImmutableList<Long> map =
        Site.example(site.output())
            .orElseThrow(() -> new NotUnderstood("its output's shape is " + site.output().shape()));
    List<Long> strides = site.integers("strides");
    int[] before = new int[2];
    for (int axis = 0; axis < 2; axis++) {
      long reach = (from.shape().get(axis) - 1) * strides.get(axis + 1) + shape.get(axis);
      long cut =
          switch (site.text("padding")) {
            case "SAME" -> Math.max(0, reach - map.get(axis)) / 2;
            case "EXPLICIT" -> site.integers("explicit_paddings").get(2 * axis + 2);
            default -> 0;
          };
      before[axis] = Math.toIntExact(shape.get(axis) - 1 - cut);
    }
    Window window =
        new Window(
            Math.toIntExact(shape.get(0)),
            Math.toIntExact(shape.get(1)),
            1,
            1,
            before[0],
            before[1]);
    Part layer = site.parts().counted(site, map, weights);
    Flow.Carried apart = apart(site, apart(site, from, 0, strides.get(1)), 1, strides.get(2));
    site.parts().feed(apart, apart.shape(), layer, new Convolution(window, 1));
    return Flow.Carried.of(Optional.of(layer), map, site.output());
  }

  /* Behind each row, or column, rows of zeros: as channels of zeros behind those that the row has. */
  private static Flow.Carried apart(Site site, Flow.Carried from, int axis, long stride) {
    ImmutableList<Long> map = from.shape();
    ImmutableList<Long> wider =
        axis == 0
            ? ImmutableList.of(map.get(0) * stride, map.get(1), map.get(2))
            : ImmutableList.of(map.get(0), map.get(1) * stride, map.get(2));
    if (stride == 1 || from.root().isEmpty()) {
      return from.in(from.layout().reshaped(wider));
    }
    long places = axis == 0 ? map.get(0) : map.get(0) * map.get(1);
    long width = from.units() / places;
    Part part =
        site.parts().wiring(site.name() + "/apart", ImmutableList.of(places, width * stride));
    site.parts().feed(from, ImmutableList.of(places, width), part, new OneToOne(0));
    return Flow.Carried.of(Optional.of(part), wider, site.output());
  }

  private static Flow pool(Site site) {
    Flow.Carried from = map(site, 0);
    boolean second = site.type().equals("MaxPoolV2");
    List<Long> size =
        second ? Longs.asList(Constants.integers(site.input(1))) : site.integers("ksize");
    List<Long> strides =
        second ? Longs.asList(Constants.integers(site.input(2))) : site.integers("strides");
    NotUnderstood.unless(size.get(0) == 1 && size.get(3) == 1, "its window is " + size);
    Placed placed = place(site, from, size.get(1), size.get(2), strides);
    Part part = site.parts().wiring(site.name(), placed.map(from.channels()));
    site.parts().feed(from, from.shape(), part, new Pooling(placed.window()));
    return result(site, part, part.shape());
  }

  /* What was only the input is still the input, in another shape. */
  private static Flow result(Site site, Part part, ImmutableList<Long> shape) {
    Optional<Part> root = part.sources().isEmpty() ? Optional.empty() : Optional.of(part);
    return Flow.Carried.of(root, shape, site.output());
  }

  private record Placed(Window window, long height, long width) {
    ImmutableList<Long> map(long channels) {
      return ImmutableList.of(height, width, channels);
    }
  }

  private static Placed place(
      Site site, Flow.Carried from, long height, long width, List<Long> strides) {
    NotUnderstood.unless(strides.get(0) == 1 && strides.get(3) == 1, "its strides are " + strides);
    String padding = site.text("padding");
    long top = from.layout().padding().get(0);
    long left = from.layout().padding().get(2);
    long rows = from.shape().get(0) + top + from.layout().padding().get(1);
    long columns = from.shape().get(1) + left + from.layout().padding().get(3);
    long outHeight = (rows + strides.get(1) - 1) / strides.get(1);
    long outWidth = (columns + strides.get(2) - 1) / strides.get(2);
    if (padding.equals("SAME")) {
      top += Math.max(0, (outHeight - 1) * strides.get(1) + height - rows) / 2;
      left += Math.max(0, (outWidth - 1) * strides.get(2) + width - columns) / 2;
    } else {
      if (padding.equals("EXPLICIT")) {
        List<Long> explicit = site.integers("explicit_paddings");
        top += explicit.get(2);
        left += explicit.get(4);
        rows += explicit.get(2) + explicit.get(3);
        columns += explicit.get(4) + explicit.get(5);
      }
      outHeight = (rows - height) / strides.get(1) + 1;
      outWidth = (columns - width) / strides.get(2) + 1;
    }
    Window window =
        new Window(
            Math.toIntExact(height),
            Math.toIntExact(width),
            Math.toIntExact(strides.get(1)),
            Math.toIntExact(strides.get(2)),
            Math.toIntExact(top),
            Math.toIntExact(left));
    return new Placed(window, outHeight, outWidth);
  }

  private static Flow.Carried map(Site site, int index) {
    Flow.Carried from = site.carried(index);
    NotUnderstood.unless(
        from.layout().inOrder() && from.shape().size() == 3,
        "its input is no map of [height, width, channels] but " + from.shape());
    NotUnderstood.unless(
        site.text("data_format").equals("NHWC"),
        "its data format is " + site.text("data_format") + ", not NHWC");
    return from;
  }

  /*
   * Over all places and nothing else it is pooling. Over the batch or the channels it is a
   * statistic, as normalizations take it.
   */
  private static Flow reduce(Site site) {
    Flow flow = site.flow(0).orElseThrow(() -> new NotUnderstood("it reduces by the input"));
    if (!(flow instanceof Flow.Carried from)) {
      NotUnderstood.unless(flow instanceof Flow.Statistic, "it reduces an attention's scores");
      return flow;
    }
    int rank = site.axes(0, from);
    Set<Integer> axes = new TreeSet<>();
    for (long axis : Constants.integers(site.input(1))) {
      axes.add(Math.toIntExact(axis < 0 ? axis + rank : axis));
    }
    if (axes.contains(0) || axes.contains(rank - 1)) {
      Optional<Flow.Carried> logits =
          site.type().equals("Sum") ? Softmaxes.behind(site, site.input(0)) : Optional.empty();
      return new Flow.Statistic(from.root(), from, logits, from.gains());
    }
    NotUnderstood.unless(
        from.layout().plain()
            && rank == from.shape().size() + 1
            && rank >= 3
            && axes.size() == rank - 2,
        "it reduces the axes " + axes + " of " + rank);
    return reducePlaces(site, from);
  }

  private static Flow reducePlaces(Site site, Flow.Carried from) {
    long channels = from.channels();
    long height = from.shape().size() == 3 ? from.shape().get(0) : from.units() / channels;
    long width = from.shape().size() == 3 ? from.shape().get(1) : 1;
    Part part = site.parts().wiring(site.name(), ImmutableList.of(1L, 1L, channels));
    site.parts()
        .feed(
            from,
            ImmutableList.of(height, width, channels),
            part,
            new Pooling(Window.all(height, width)));
    ImmutableList<Long> kept = ImmutableList.of(channels);
    if (site.flag("keep_dims")) {
      kept =
          ProductRules.join(
              from.shape().subList(0, from.shape().size() - 1).stream().map(d -> 1L).toList(),
              kept);
    }
    return result(site, part, kept);
  }

  /*
   * Around rows and columns it is padding of what follows; channels of zeros stand beside the
   * layer's in a wider one.
   */
  private static Flow pad(Site site) {
    Flow.Carried from = site.plain(0);
    NotUnderstood.unless(!Flow.onlyInput(from) || from.shape().size() == 3, "it pads the input");
    long[] paddings = Constants.integers(site.input(1));
    int axes = from.shape().size() + 1;
    NotUnderstood.unless(paddings.length == 2 * axes, "its input has merged positions");
    long before = paddings[2 * axes - 2];
    long behind = paddings[2 * axes - 1];
    long elsewhere = Arrays.stream(paddings).limit(2L * axes - 2).sum();
    if (before + behind > 0 && elsewhere == 0) {
      Layout wider = from.layout().resized(axes - 2, before + from.channels() + behind);
      Part part = site.parts().wiring(site.name(), wider.shape());
      site.parts().feed(from, from.shape(), part, new OneToOne(before));
      return result(site, part, part.shape());
    }
    NotUnderstood.unless(
        axes == 4 && paddings[0] + paddings[1] + before + behind == 0,
        "it pads neither rows and columns of a map nor channels");
    return from.in(
        from.layout().padded(ImmutableList.of(paddings[2], paddings[3], paddings[4], paddings[5])));
  }
}
