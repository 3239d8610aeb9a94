package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Wiring.OneToOne;

/**
 * Operations that compute each unit from itself: activation functions, biases, normalisations and
 * whatever is composed of such; and sums of layers.
 */
final class ElementwiseRules {
  private static final Set<String> SAME =
      Set.of(
          "Identity",
          "IdentityN",
          "StopGradient",
          "PreventGradient",
          "CheckNumerics",
          "EnsureShape",
          "Cast",
          "Snapshot",
          "PlaceholderWithDefault");
  private static final Set<String> SUMS = Set.of("Add", "AddV2", "BiasAdd");
  private static final Set<String> FACTORS = Set.of("Mul", "RealDiv", "Div", "DivNoNan");
  private static final Set<String> JOINS =
      Set.of("Add", "AddV2", "AddN", "Sub", "Mul", "Maximum", "Minimum");
  private static final Set<String> LINEAR =
      ImmutableSet.<String>builder().addAll(SUMS).addAll(FACTORS).add("Sub", "Neg", "AddN").build();
  private static final Set<String> OTHERS =
      Set.of(
          "Relu",
          "Relu6",
          "LeakyRelu",
          "Elu",
          "Selu",
          "Tanh",
          "Sigmoid",
          "Softplus",
          "Softsign",
          "Erf",
          "Erfc",
          "Exp",
          "Expm1",
          "Log",
          "Log1p",
          "Abs",
          "Square",
          "Sqrt",
          "Rsqrt",
          "Pow",
          "Reciprocal",
          "Inv",
          "Sin",
          "Cos",
          "Maximum",
          "Minimum",
          "SquaredDifference",
          "ClipByValue",
          "Select",
          "SelectV2",
          "Greater",
          "GreaterEqual",
          "Less",
          "LessEqual",
          "Equal",
          "NotEqual",
          "Sign",
          "LogicalAnd",
          "LogicalOr",
          "LogicalNot");

  private ElementwiseRules() {}

  static void addTo(ImmutableMap.Builder<String, OpRule> rules) {
    SAME.forEach(type -> rules.put(type, ElementwiseRules::same));
    LINEAR.forEach(type -> rules.put(type, ElementwiseRules::combine));
    OTHERS.forEach(type -> rules.put(type, ElementwiseRules::combine));
    for (String type : List.of("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")) {
      rules.put(type, ElementwiseRules::batchNorm);
    }
  }

  /** Tells whether a type of operation computes each unit from itself. */
  static boolean knows(String type) {
    return LINEAR.contains(type) || OTHERS.contains(type);
  }

  /* The first input passes; of several (IdentityN) the others are read by the walk. */
  private static Flow same(Site site) {
    return site.flow(0).orElseThrow(() -> new NotUnderstood("its first input is a constant"));
  }

  private static Flow batchNorm(Site site) {
    Flow.Carried from = site.carried(0);
    return normalise(site, from, gains(from.root(), site.input(1), site.input(2)));
  }

  private static Flow combine(Site site) {
    List<Flow> incoming = site.incoming();
    if (incoming.stream().anyMatch(Flow.Scores.class::isInstance)) {
      return AttentionRules.masked(site);
    }
    if (dropout(site)) {
      return undropped(site);
    }
    Set<Optional<Part>> roots = new LinkedHashSet<>();
    incoming.forEach(flow -> roots.add(root(flow)));
    return roots.size() == 1 || gated(site, roots) ? onOne(site) : join(site);
  }

  /*
   * One layer, and what was computed from the input and is of another shape, such as a mask of
   * padding: of the layer's units, none is joined with another.
   */
  private static boolean gated(Site site, Set<Optional<Part>> roots) {
    List<Flow> layers = site.incoming().stream().filter(flow -> !site.onlyInput(flow)).toList();
    return roots.size() == 2
        && roots.contains(Optional.<Part>empty())
        && layers.size() < site.incoming().size()
        && layers.stream().allMatch(Flow.Carried.class::isInstance)
        && site.incoming().stream()
            .filter(site::onlyInput)
            .noneMatch(
                flow ->
                    flow instanceof Flow.Carried input
                        && input.shape().equals(((Flow.Carried) layers.get(0)).shape()));
  }

  /*
   * All that flows in is of one layer, so the result is again one to one with it: x times its own
   * sigmoid, x minus its own mean. Only what a constant or a variable adds must be sorted out:
   * bias, or gain and shift of a normalisation.
   */
  private static Flow onOne(Site site) {
    Optional<Flow.Carried> furthest = Optional.empty();
    Set<Parameter> gains = new LinkedHashSet<>();
    boolean normalises = false;
    boolean activated = !LINEAR.contains(site.type());
    boolean normalised = false;
    List<Flow> all = site.incoming();
    if (all.stream().anyMatch(flow -> !site.onlyInput(flow))) {
      all.removeIf(site::onlyInput);
    }
    for (Flow flow : all) {
      if (flow instanceof Flow.Carried carried) {
        gains.addAll(carried.gains());
        activated |= carried.activated();
        normalised |= carried.normalised();
        if (furthest.isEmpty() || carried.steps() > furthest.get().steps()) {
          furthest = Optional.of(carried);
        }
      } else if (flow instanceof Flow.Statistic statistic) {
        gains.addAll(statistic.gains());
        normalises = true;
      }
    }
    Optional<Part> root = root(all.get(0));
    boolean bias =
        furthest.isPresent()
            && root.isPresent()
            && root.get().counted()
            && !normalised
            && !normalises
            && !furthest.get().activated();
    for (int i = 0; i < site.operation().numInputs(); i++) {
      if (site.flow(i).isPresent()) {
        continue;
      }
      Output<?> operand = site.input(i);
      if (SUMS.contains(site.type())) {
        Set<Parameter> shifts = Parameters.shifts(operand);
        shifts.removeIf(p -> !root.map(r -> r.accepts(p)).orElse(p.variable()));
        (bias ? root.get().parameters() : gains).addAll(shifts);
      } else if (FACTORS.contains(site.type()) || site.type().equals("Sub")) {
        normalises |= operand.shape().isUnknown() || operand.shape().size() != 1;
        if (!site.type().equals("Sub")) {
          gains.addAll(gains(root, operand));
        } else if (i == 0) {
          gains.addAll(shifts(root, operand));
        }
      }
    }
    if (furthest.isEmpty()) {
      Flow.Statistic first = (Flow.Statistic) all.get(0);
      return new Flow.Statistic(first.root(), first.source(), ImmutableSet.copyOf(gains));
    }
    requireSameUnits(site, furthest.get());
    Flow.Carried from = furthest.get();
    if (normalises) {
      return normalise(site, with(from, activated, normalised, from.gains()), gains);
    }
    return with(seen(site, from), activated, normalised, ImmutableSet.copyOf(gains));
  }

  /* Before the activation function a normalisation belongs to the layer, behind it it does not. */
  private static Flow normalise(Site site, Flow.Carried from, Set<Parameter> gains) {
    Set<Parameter> all = new LinkedHashSet<>(from.gains());
    all.addAll(gains);
    if (!from.activated() && !from.normalised()) {
      from.root().ifPresent(root -> root.normalisedFrom(from.seen()));
    }
    Flow.Carried seen = from.activated() ? from : seen(site, from);
    return with(seen, from.activated(), true, ImmutableSet.copyOf(all));
  }

  /* Sum, difference, product or extremum of several layers of the same shape: unit by unit. */
  private static Flow join(Site site) {
    NotUnderstood.unless(JOINS.contains(site.type()), "it combines several layers");
    List<Flow.Carried> all = new ArrayList<>();
    for (int i = 0; i < site.operation().numInputs(); i++) {
      all.add(site.plain(i));
    }
    Flow.Carried first = all.get(0);
    NotUnderstood.unless(
        all.stream().allMatch(c -> c.shape().equals(first.shape())),
        "it combines layers of different shapes");
    Part sum = site.parts().wiring(site.name(), first.shape());
    all.forEach(c -> site.parts().feed(c, c.shape(), sum, new OneToOne(0)));
    return Flow.Carried.of(Optional.of(sum), first.shape(), site.output());
  }

  private static boolean dropout(Site site) {
    boolean random = false;
    for (int i = 0; i < site.operation().numInputs(); i++) {
      random |= site.flow(i).isEmpty() && Parameters.random(site.input(i));
    }
    return random;
  }

  /* A dropout's mask, and the scale before it, leave the activations where they were. */
  private static Flow undropped(Site site) {
    NotUnderstood.unless(site.incoming().size() == 1, "it combines a layer with random values");
    int index = 0;
    while (site.flow(index).isEmpty()) {
      index++;
    }
    GraphOperation before = Parameters.operation(site.input(index));
    if (FACTORS.contains(before.type())) {
      for (int i = 0; i < 2; i++) {
        Optional<Flow> scaled = site.flow(before.input(i));
        if (scaled.isPresent()
            && site.flow(before.input(1 - i)).isEmpty()
            && before.input(1 - i).shape().size() == 1) {
          return scaled.get();
        }
      }
    }
    return site.flow(index).get();
  }

  private static Flow.Carried seen(Site site, Flow.Carried from) {
    return from.plain() ? from.seenAt(site.output()) : from;
  }

  private static Flow.Carried with(
      Flow.Carried from, boolean activated, boolean normalised, ImmutableSet<Parameter> gains) {
    return new Flow.Carried(
        from.root(),
        from.shape(),
        from.order(),
        from.seen(),
        from.steps(),
        activated,
        normalised,
        gains,
        from.padding());
  }

  /* Broadcasting must not have made it larger than the layer. */
  private static void requireSameUnits(Site site, Flow.Carried from) {
    Shape shape = site.output().shape();
    if (!shape.isUnknown() && shape.numDimensions() == from.shape().size() + 1) {
      for (int i = 0; i < from.shape().size(); i++) {
        long dimension = shape.get(i + 1);
        NotUnderstood.unless(
            dimension == Shape.UNKNOWN_SIZE || dimension == from.shape().get(from.order().get(i)),
            "its output " + shape + " is larger than the layer " + from.shape());
      }
    } else {
      NotUnderstood.unless(
          shape.isUnknown() || shape.numDimensions() == 2,
          "its output " + shape + " is not of the layer's shape " + from.shape());
    }
  }

  private static Set<Parameter> gains(Optional<Part> root, Output<?> factor, Output<?> shift) {
    Set<Parameter> all = gains(root, factor);
    all.addAll(shifts(root, shift));
    return all;
  }

  private static Set<Parameter> gains(Optional<Part> root, Output<?> factor) {
    Set<Parameter> gains = Parameters.gains(factor);
    gains.removeIf(p -> !root.map(r -> r.accepts(p)).orElse(p.variable()));
    return gains;
  }

  private static Set<Parameter> shifts(Optional<Part> root, Output<?> summand) {
    Set<Parameter> shifts = Parameters.shifts(summand);
    shifts.removeIf(p -> !root.map(r -> r.accepts(p)).orElse(p.variable()));
    return shifts;
  }

  private static Optional<Part> root(Flow flow) {
    if (flow instanceof Flow.Carried carried) {
      return carried.root();
    }
    if (flow instanceof Flow.Statistic statistic) {
      return statistic.root();
    }
    if (flow instanceof Flow.Given) {
      return Optional.empty();
    }
    throw new NotUnderstood("it takes an attention's scores");
  }
}
