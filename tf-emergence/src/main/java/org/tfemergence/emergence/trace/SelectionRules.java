package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.tensorflow.Output;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.network.Wiring.Selection;

/** Parts of layers: splits and slices, along one axis after the other. */
final class SelectionRules {
  private SelectionRules() {}

  static void addTo(ImmutableMap.Builder<String, OpRule> rules) {
    rules.put("Split", SelectionRules::split);
    rules.put("SplitV", SelectionRules::split);
    rules.put("Unpack", SelectionRules::unpack);
    rules.put("Slice", OpRule.first(SelectionRules::slice));
    rules.put("StridedSlice", OpRule.first(SelectionRules::stridedSlice));
  }

  private static List<Optional<Flow>> split(Site site) {
    boolean even = site.type().equals("Split");
    Flow.Carried from = layer(site, even ? 1 : 0);
    int axis = place(site, even ? 1 : 0, from, Constants.integers(site.input(even ? 0 : 2))[0]);
    long size = from.shape().get(axis);
    List<Long> sizes = new ArrayList<>();
    if (even) {
      int parts = site.operation().numOutputs();
      sizes.addAll(Collections.nCopies(parts, size / parts));
    } else {
      sizes.addAll(Longs.asList(Constants.integers(site.input(1))));
      // One of them may be what the others leave, written as -1.
      long others = sizes.stream().filter(some -> some >= 0).mapToLong(some -> some).sum();
      sizes.replaceAll(some -> some < 0 ? size - others : some);
    }
    List<Optional<Flow>> parts = new ArrayList<>();
    long start = 0;
    for (int i = 0; i < sizes.size(); i++) {
      parts.add(Optional.of(part(site, i, from, axis, start, sizes.get(i))));
      start += sizes.get(i);
    }
    return parts;
  }

  private static List<Optional<Flow>> unpack(Site site) {
    Flow.Carried from = layer(site, 0);
    int axis = place(site, 0, from, site.attribute("axis").getI());
    List<Optional<Flow>> parts = new ArrayList<>();
    for (int i = 0; i < site.operation().numOutputs(); i++) {
      Flow.Carried part = part(site, i, from, axis, i, 1);
      parts.add(Optional.of(without(part, List.of(axis))));
    }
    return parts;
  }

  private static Flow slice(Site site) {
    Flow.Carried from = layer(site, 0);
    long[] begin = Constants.integers(site.input(1));
    long[] size = Constants.sizes(site.input(2));
    NotUnderstood.unless(begin[0] == 0 && size[0] == -1, "it takes a part of the batch");
    for (int i = 1; i < begin.length; i++) {
      int axis = place(site, 0, from, i);
      long count = size[i] < 0 ? from.shape().get(axis) - begin[i] : size[i];
      from = part(site, 0, from, axis, begin[i], count);
    }
    return from;
  }

  private static Flow stridedSlice(Site site) {
    Bounds bounds = new Bounds(site);
    if (site.flow(0).orElse(null) instanceof Flow.Steps steps) {
      NotUnderstood.unless(
          bounds.count() == 1 && bounds.is("shrink_axis_mask", 0),
          "of steps it takes more than one");
      long step = bounds.start(0, steps.units().shape().get(0));
      return without(part(site, 0, steps.units(), 0, step, 1), List.of(0));
    }
    Flow.Carried from = layer(site, 0);
    int axes = site.axes(0, from);
    NotUnderstood.unless(
        !bounds.is("new_axis_mask") && axes == from.shape().size() + 1,
        "it adds an axis, or its input has merged positions");
    TreeSet<Integer> dropped = new TreeSet<>(Collections.reverseOrder());
    int tensorAxis = 0;
    for (int i = 0; i < bounds.count(); i++) {
      if (bounds.is("ellipsis_mask", i)) {
        tensorAxis += axes - bounds.count() + 1;
        continue;
      }
      if (tensorAxis == 0) {
        NotUnderstood.unless(bounds.isWhole(i), "it takes a part of the batch");
      } else {
        int axis = place(site, 0, from, tensorAxis);
        long size = from.shape().get(axis);
        long start = bounds.start(i, size);
        from = part(site, 0, from, axis, start, bounds.stop(i, size) - start);
        from = everyOther(site, from, axis, bounds.stride(i));
        if (bounds.is("shrink_axis_mask", i)) {
          dropped.add(axis);
        }
      }
      tensorAxis++;
    }
    return without(from, dropped);
  }

  /** What a strided slice says of each axis. */
  private static final class Bounds {
    private final Site site;
    private final long[] begin;
    private final long[] end;
    private final long[] strides;

    Bounds(Site site) {
      this.site = site;
      begin = Constants.integers(site.input(1));
      end = Constants.integers(site.input(2));
      strides = Constants.integers(site.input(3));
    }

    int count() {
      return begin.length;
    }

    boolean is(String mask) {
      return site.attribute(mask).getI() != 0;
    }

    boolean is(String mask, int index) {
      return (site.attribute(mask).getI() >> index & 1) != 0;
    }

    boolean isWhole(int index) {
      return strides[index] == 1
          && (is("begin_mask", index) || begin[index] == 0)
          && is("end_mask", index)
          && !is("shrink_axis_mask", index);
    }

    long stride(int index) {
      NotUnderstood.unless(strides[index] > 0, "it turns an axis round");
      return strides[index];
    }

    long start(int index, long size) {
      return is("begin_mask", index) ? 0 : inside(begin[index], size);
    }

    long stop(int index, long size) {
      if (is("shrink_axis_mask", index)) {
        return start(index, size) + 1;
      }
      return is("end_mask", index) ? size : inside(end[index], size);
    }

    private static long inside(long place, long size) {
      return Math.max(0, Math.min(size, place < 0 ? place + size : place));
    }
  }

  private static Flow.Carried layer(Site site, int index) {
    Flow.Carried from = site.carried(index);
    NotUnderstood.unless(!Flow.onlyInput(from), "it takes a part of the input");
    NotUnderstood.unless(!from.layout().isPadded(), "its input is padded");
    return from;
  }

  /* The axis of the layer's shape that an axis of the tensor is. */
  private static int place(Site site, int index, Flow.Carried from, long axis) {
    int axes = site.axes(index, from);
    long which = axis < 0 ? axis + axes : axis;
    NotUnderstood.unless(which > 0 && which < axes, "it takes a part of the batch");
    // Where positions are merged into the batch, the other axis is the channels.
    return axes == from.shape().size() + 1
        ? from.order().get((int) which - 1)
        : from.shape().size() - 1;
  }

  private static Flow.Carried part(
      Site site, int output, Flow.Carried from, int axis, long start, long count) {
    if (count == from.shape().get(axis)) {
      return from;
    }
    Layout layout = from.layout().resized(axis, count);
    Output<?> tensor = site.operation().output(output);
    Part part =
        site.parts().wiring(site.name() + (output == 0 ? "" : ":" + output), layout.shape());
    site.parts().feed(from, from.shape(), part, new Selection(axis, start, count));
    return Flow.Carried.of(Optional.of(part), layout, tensor);
  }

  /* Every second row of a map is pooling over windows of one. */
  private static Flow.Carried everyOther(Site site, Flow.Carried from, int axis, long stride) {
    if (stride == 1) {
      return from;
    }
    NotUnderstood.unless(
        from.shape().size() == 3 && axis < 2, "it strides along no rows or columns");
    Layout layout = from.layout().resized(axis, (from.shape().get(axis) + stride - 1) / stride);
    int step = Math.toIntExact(stride);
    Part part = site.parts().wiring(site.name(), layout.shape());
    site.parts()
        .feed(
            from,
            from.shape(),
            part,
            new Pooling(new Window(1, 1, axis == 0 ? step : 1, axis == 1 ? step : 1, 0, 0)));
    return Flow.Carried.of(Optional.of(part), layout, site.output());
  }

  /* Axes of size 1 are left out, the last first; a single unit keeps one. */
  private static Flow.Carried without(Flow.Carried from, Iterable<Integer> axes) {
    Layout layout = from.layout();
    for (int axis : axes) {
      layout = layout.shape().size() == 1 ? layout : layout.without(axis);
    }
    return from.in(layout);
  }
}
