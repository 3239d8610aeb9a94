package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Wiring;

/** Products: dense layers, of all units or per position; embeddings; the products of attention. */
final class ProductRules {
  private ProductRules() {}

  static void addTo(ImmutableMap.Builder<String, OpRule> rules) {
    for (String type :
        List.of("MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Einsum")) {
      rules.put(type, OpRule.first(ProductRules::product));
    }
    for (String type : List.of("Gather", "GatherV2", "ResourceGather")) {
      rules.put(type, OpRule.first(ProductRules::embed));
    }
  }

  private static Flow product(Site site) {
    NotUnderstood.unless(site.operation().numInputs() == 2, "it has not two operands");
    if (site.flow(0).isPresent() && site.flow(1).isPresent()) {
      return AttentionRules.product(site);
    }
    if (site.flow(0).isEmpty()) {
      throw new NotUnderstood("its left operand is a constant");
    }
    return dense(site);
  }

  /*
   * The kernel's first axes must be the last of the layer that feeds it, in order. What stands
   * before them are positions. A matrix of [batch * positions, channels] is told from one of
   * [batch, units] by the number of the kernel's rows.
   */
  private static Flow dense(Site site) {
    Flow.Carried from = site.plain(0);
    Kernel kernel = site.parameters().kernel(site.input(1), false);
    Shape shape = site.input(1).shape();
    NotUnderstood.unless(
        !shape.isUnknown() && !shape.hasUnknownDimension(), "its kernel's shape is unknown");
    boolean matrix = site.type().equals("MatMul");
    Equation equation =
        Equation.of(site, matrix ? 2 : from.shape().size() + 1, shape.numDimensions());
    String contracted = equation.contracted();
    NotUnderstood.unless(
        equation.left().endsWith(contracted)
            && !contracted.isEmpty()
            && equation
                .out()
                .equals(
                    equation.left().substring(0, equation.left().length() - contracted.length())
                        + equation.fresh()),
        "its equation is '" + equation + "'");
    // An axis of both operands and the product makes a kernel of its own for each of its places.
    for (int i = 0; i < shape.numDimensions(); i++) {
      NotUnderstood.unless(
          equation.batch().indexOf(equation.right().charAt(i)) < 0 || shape.get(i) == 1,
          "it has a kernel for each place: '" + equation + "'");
    }
    long in = 1;
    ImmutableList.Builder<Long> fresh = ImmutableList.builder();
    for (int i = 0; i < shape.numDimensions(); i++) {
      if (equation.fresh().indexOf(equation.right().charAt(i)) >= 0) {
        fresh.add(shape.get(i));
      } else {
        in *= shape.get(i);
      }
    }
    ImmutableList<Long> places = places(from, in);
    boolean inOrder = equation.right().endsWith(contracted + equation.fresh());
    Kernel ordered = inOrder ? kernel : kernel.turned(shape, site.what());
    return layer(site, from, ordered, in, places, fresh.build());
  }

  private static Flow layer(
      Site site,
      Flow.Carried from,
      Kernel kernel,
      long in,
      ImmutableList<Long> places,
      ImmutableList<Long> fresh) {
    long out = fresh.stream().reduce(1L, Math::multiplyExact);
    Part layer = site.parts().counted(site, join(places, ImmutableList.of(out)), kernel);
    if (places.isEmpty()) {
      site.parts()
          .feed(from, from.root().map(Part::shape).orElse(from.shape()), layer, new Wiring.Dense());
    } else {
      site.parts().feed(from, join(places, ImmutableList.of(in)), layer, new Wiring.PerPosition());
    }
    return Flow.Carried.of(Optional.of(layer), join(places, fresh), site.output());
  }

  private static ImmutableList<Long> places(Flow.Carried from, long in) {
    long inner = 1;
    for (int places = from.shape().size() - 1; places >= 0; places--) {
      inner *= from.shape().get(places);
      if (inner == in) {
        return from.shape().subList(0, places);
      }
    }
    throw new NotUnderstood(
        "its kernel has " + in + " rows, which is no run of the last axes of " + from.shape());
  }

  private static Flow embed(Site site) {
    NotUnderstood.unless(
        site.flow(0).isEmpty() && site.flow(1).isPresent(), "it does not look up in a table");
    NotUnderstood.unless(
        site.flow(1).get() instanceof Flow.Carried ids && ids.root().isEmpty(),
        "what it looks up is computed by a layer");
    if (site.type().equals("GatherV2")) {
      long[] axis = Constants.integers(site.input(2));
      NotUnderstood.unless(axis.length == 1 && axis[0] == 0, "it gathers along another axis");
    }
    ImmutableList<Long> shape =
        Site.example(site.output())
            .map(Layout::units)
            .orElseThrow(() -> new NotUnderstood("its output's shape is " + site.output().shape()));
    Part layer = site.parts().counted(site, shape, site.parameters().kernel(site.input(0), true));
    return Flow.Carried.of(Optional.of(layer), shape, site.output());
  }

  static ImmutableList<Long> join(List<Long> first, List<Long> second) {
    return ImmutableList.<Long>builder().addAll(first).addAll(second).build();
  }
}
