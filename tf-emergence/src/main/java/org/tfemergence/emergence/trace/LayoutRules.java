package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.tfemergence.emergence.network.Wiring.OneToOne;

/** Operations that move units without computing anything: reshapes, transposes, concatenations. */
final class LayoutRules {
  private static final long EXAMPLES = 5;

  private LayoutRules() {}

  static void addTo(ImmutableMap.Builder<String, OpRule> rules) {
    for (String type : List.of("Reshape", "Squeeze", "ExpandDims")) {
      rules.put(type, OpRule.first(LayoutRules::reshape));
    }
    rules.put("Transpose", OpRule.first(LayoutRules::transpose));
    rules.put("ConcatV2", OpRule.first(LayoutRules::concatenate));
    rules.put("Pack", OpRule.first(LayoutRules::pack));
  }

  /*
   * Row-major order stays. Where positions are merged into the batch, [batch * positions,
   * channels], the layer keeps its own shape, until they are taken apart again.
   */
  private static Flow reshape(Site site) {
    if (site.flow(0).orElse(null) instanceof Flow.Statistic statistic) {
      return statistic;
    }
    Flow.Carried from =
        site.flow(0).orElse(null) instanceof Flow.Rows rows ? rows.units() : site.plain(0);
    Optional<ImmutableList<Long>> shape = Site.example(site.output());
    if (shape.isEmpty() && site.type().equals("Reshape")) {
      shape = Optional.of(target(site, from));
    }
    if (shape.isEmpty()) {
      return from;
    }
    long units = shape.get().stream().reduce(1L, Math::multiplyExact);
    if (shape.get().isEmpty() && from.units() == 1) {
      return from; // One unit of each example, without an axis of its own.
    }
    if (units == from.units() && !shape.get().isEmpty()) {
      Flow.Carried reshaped = from.in(from.layout().reshaped(shape.get()));
      return isWhole(from) ? reshaped : reshaped.readAt(site.output());
    }
    if (isRows(site, from, shape.get())) {
      return new Flow.Rows(from);
    }
    NotUnderstood.unless(
        shape.get().size() == 1 && shape.get().get(0) == from.channels(),
        "it makes " + site.output().shape() + " of " + from.shape());
    return from;
  }

  /*
   * A shape that is computed in a run, of the shapes of layers and inputs: it is computed for a
   * number of examples that is no other dimension's.
   */
  private static ImmutableList<Long> target(Site site, Flow.Carried from) {
    long batch = site.scratch().batch(EXAMPLES);
    float[] sizes = site.scratch().floats(site.input(1), tensor -> site.stands(tensor, batch, 1));
    long known = 1;
    for (float size : sizes) {
      known *= size < 0 ? 1 : (long) size;
    }
    long all = batch * from.units();
    NotUnderstood.unless(
        sizes.length > 0 && known > 0 && all % known == 0,
        "it makes " + Arrays.toString(sizes) + " of " + from.shape());
    ImmutableList.Builder<Long> shape = ImmutableList.builder();
    for (int i = 1; i < sizes.length; i++) {
      shape.add(sizes[i] < 0 ? all / known : (long) sizes[i]);
    }
    return shape.build();
  }

  /* A batch of one, in which all positions of all examples stand along one axis. */
  private static boolean isRows(Site site, Flow.Carried from, List<Long> shape) {
    return site.output().shape().numDimensions() == 4
        && site.output().shape().get(0) == 1
        && shape.get(0) * from.channels() == site.scratch().batch(EXAMPLES) * from.units()
        && shape.get(1) == from.channels()
        && shape.get(2) == 1;
  }

  /* Tells whether the tensor that is read is known to hold all units of an example. */
  private static boolean isWhole(Flow.Carried from) {
    return Site.example(from.reading().tensor())
        .filter(sizes -> sizes.stream().reduce(1L, Math::multiplyExact) >= from.units())
        .isPresent();
  }

  private static Flow transpose(Site site) {
    long[] axes = Constants.integers(site.input(1));
    if (site.flow(0).orElse(null) instanceof Flow.Steps steps) {
      NotUnderstood.unless(swapsTheFirst(axes), "it moves the batch");
      return steps.units();
    }
    Flow.Carried from = site.carried(0);
    NotUnderstood.unless(!from.layout().isPadded(), "its input is padded");
    if (swapsTheFirst(axes)
        && from.layout().inOrder()
        && RepeatRules.isWhole(site, 0, from)
        && !Flow.onlyInput(from)) {
      return new Flow.Steps(from);
    }
    NotUnderstood.unless(
        axes.length == from.order().size() + 1 && axes[0] == 0, "it moves the batch");
    ImmutableList.Builder<Integer> order = ImmutableList.builder();
    for (int i = 1; i < axes.length; i++) {
      order.add(from.order().get(Math.toIntExact(axes[i]) - 1));
    }
    return from.in(from.layout().ordered(order.build()));
  }

  private static Flow concatenate(Site site) {
    int count = site.operation().numInputs() - 1;
    List<Flow.Carried> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(site.plain(i));
    }
    int rank = all.get(0).shape().size();
    long axis = Constants.integers(site.input(count))[0];
    int axes = site.axes(0, all.get(0));
    long which = axis < 0 ? axis + axes : axis;
    // Merged positions lie in the batch, so that the channels are axis 1.
    int place = Math.toIntExact(which == axes - 1 ? rank - 1 : which - 1);
    NotUnderstood.unless(
        place == rank - 1 || (place >= 0 && axes == rank + 1),
        "it concatenates along axis " + axis);
    long along = 0;
    for (Flow.Carried from : all) {
      NotUnderstood.unless(from.shape().size() == rank, "its inputs differ in their axes");
      along += from.shape().get(place);
    }
    List<Long> shape = new ArrayList<>(all.get(0).shape());
    shape.set(place, along);
    return beside(site, all, place, ImmutableList.copyOf(shape));
  }

  /* Layers of one shape, along a new axis. */
  private static Flow pack(Site site) {
    List<Flow.Carried> all = new ArrayList<>();
    for (int i = 0; i < site.operation().numInputs(); i++) {
      Flow.Carried from = site.plain(i);
      NotUnderstood.unless(
          RepeatRules.isWhole(site, i, from), "its input " + i + " has merged positions");
      all.add(from);
    }
    long axis = site.attribute("axis").getI();
    List<Long> shape = new ArrayList<>(all.get(0).shape());
    int place = Math.toIntExact(axis < 0 ? axis + shape.size() + 1 : axis - 1);
    shape.add(Math.max(0, place), (long) all.size());
    Flow.Carried packed = beside(site, all, Math.max(0, place), ImmutableList.copyOf(shape));
    return place < 0 ? new Flow.Steps(packed) : packed;
  }

  /* Whether the batch changes places with the axis behind it. */
  private static boolean swapsTheFirst(long[] axes) {
    boolean others = true;
    for (int i = 2; i < axes.length; i++) {
      others &= axes[i] == i;
    }
    return others && axes.length >= 2 && axes[0] == 1 && axes[1] == 0;
  }

  /*
   * Along an axis that nothing but the batch stands before the layers' units stand one after the
   * other, along another in runs: channels beside channels of the places before it.
   */
  private static Flow.Carried beside(
      Site site, List<Flow.Carried> all, int place, ImmutableList<Long> shape) {
    boolean channels = place == shape.size() - 1 && all.get(0).shape().size() == shape.size();
    long before = shape.subList(0, place).stream().reduce(1L, Math::multiplyExact);
    long units = all.stream().mapToLong(Flow.Carried::units).sum();
    Part part = site.parts().wiring(site.name(), channels ? shape : runs(before, units));
    long offset = 0;
    for (Flow.Carried from : all) {
      site.parts()
          .feed(
              from,
              channels ? from.shape() : runs(before, from.units()),
              part,
              new OneToOne(offset));
      offset += from.units() / before;
    }
    Optional<Part> root = part.sources().isEmpty() ? Optional.empty() : Optional.of(part);
    return Flow.Carried.of(root, shape, site.output());
  }

  private static ImmutableList<Long> runs(long before, long units) {
    return before == 1 ? ImmutableList.of(units) : ImmutableList.of(before, units / before);
  }
}
