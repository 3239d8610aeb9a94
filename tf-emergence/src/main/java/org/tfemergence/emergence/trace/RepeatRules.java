package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring.Pooling;

/** Operations that repeat units along axes: each unit feeds all its copies. */
final class RepeatRules {
  private RepeatRules() {}

  static void addTo(ImmutableMap.Builder<String, OpRule> rules) {
    rules.put("Tile", OpRule.first(RepeatRules::tile));
    rules.put("BroadcastTo", OpRule.first(site -> broadcast(site, whole(site, 0), target(site))));
    rules.put("ResizeNearestNeighbor", OpRule.first(RepeatRules::enlarge));
  }

  /**
   * Repeats units along each axis of size 1 until they are of some shape.
   *
   * @throws NotUnderstood if they do not come to that shape
   */
  static Flow.Carried broadcast(Site site, Flow.Carried from, ImmutableList<Long> target) {
    ImmutableList<Long> shape = from.shape();
    NotUnderstood.unless(
        shape.size() == target.size(), "it makes " + target + " of units of " + shape);
    Flow.Carried result = from;
    for (int first = 0, last; first < shape.size(); first = last) {
      last = first + 1;
      if (shape.get(first).equals(target.get(first))) {
        continue;
      }
      // Neighbouring axes are repeated at once.
      while (last < shape.size() && shape.get(last) == 1) {
        last++;
      }
      long times = product(target.subList(first, last));
      NotUnderstood.unless(shape.get(first) == 1, "it makes " + target + " of units of " + shape);
      ImmutableList<Long> wider =
          ProductRules.join(target.subList(0, last), shape.subList(last, shape.size()));
      result = repeat(site, result, product(target.subList(0, first)), times, wider);
    }
    return result;
  }

  private static Flow tile(Site site) {
    Flow.Carried from = whole(site, 0);
    long[] times = Constants.integers(site.input(1));
    NotUnderstood.unless(times[0] == 1, "it repeats the batch");
    for (int axis = 0; axis < times.length - 1; axis++) {
      List<Long> wider = new ArrayList<>(from.shape());
      wider.set(axis, wider.get(axis) * times[axis + 1]);
      long before = product(wider.subList(0, axis));
      from = repeat(site, from, before, times[axis + 1], ImmutableList.copyOf(wider));
    }
    return from;
  }

  /* Rows, then columns, each a whole number of times. */
  private static Flow enlarge(Site site) {
    Flow.Carried from = whole(site, 0);
    ImmutableList<Long> target = target(site);
    for (int axis = 0; axis < 2; axis++) {
      long size = from.shape().get(axis);
      long times = target.get(axis) / size;
      NotUnderstood.unless(
          target.get(axis) == times * size && copies(site, size, times),
          "it does not repeat each of " + size + " a number of times to get " + target.get(axis));
      List<Long> wider = new ArrayList<>(from.shape());
      wider.set(axis, target.get(axis));
      long before = product(wider.subList(0, axis)) * size;
      from = repeat(site, from, before, times, ImmutableList.copyOf(wider));
    }
    return from;
  }

  /* From where a row or column is taken is computed in float32. */
  private static boolean copies(Site site, long size, long times) {
    if (site.flag("align_corners") && times > 1) {
      return false;
    }
    float centre = site.flag("half_pixel_centers") ? 0.5f : 0;
    float scale = size / (float) (size * times);
    for (long place = 0; place < size * times; place++) {
      if ((long) Math.floor((place + centre) * scale) != place / times) {
        return false;
      }
    }
    return true;
  }

  /* [before, behind] becomes [before, times, behind]. */
  private static Flow.Carried repeat(
      Site site, Flow.Carried from, long before, long times, ImmutableList<Long> shape) {
    if (times == 1 || from.root().isEmpty()) {
      return from.in(from.layout().reshaped(shape));
    }
    long behind = from.units() / before;
    Part part =
        site.parts().wiring(site.name() + "/repeat", ImmutableList.of(before, times, behind));
    site.parts()
        .feed(from, ImmutableList.of(before, 1L, behind), part, new Pooling(Window.copies(times)));
    return Flow.Carried.of(Optional.of(part), shape, site.output());
  }

  /* Units in their order, of which no axis is merged into the batch. */
  private static Flow.Carried whole(Site site, int index) {
    Flow.Carried from = site.plain(index);
    NotUnderstood.unless(isWhole(site, index, from), "its input has merged positions");
    return from;
  }

  /** Tells whether an input's tensor has the axes of the units that it holds. */
  static boolean isWhole(Site site, int index, Flow.Carried from) {
    return Site.example(site.input(index)).equals(Optional.of(from.shape()));
  }

  private static ImmutableList<Long> target(Site site) {
    return Site.example(site.output())
        .orElseThrow(() -> new NotUnderstood("its output's shape is " + site.output().shape()));
  }

  private static long product(List<Long> sizes) {
    return sizes.stream().reduce(1L, Math::multiplyExact);
  }
}
