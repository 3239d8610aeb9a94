package org.tfemergence.emergence.trace;

import static java.util.Comparator.comparingLong;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.trace.Reading.Stage;

/**
 * Operations that compute each unit from itself: activation functions, biases, normalizations and
 * whatever is composed of such; and sums of layers.
 */
final class ElementwiseRules {
  /** Operations that change no value, but for casts to whole numbers and truths. */
  static final Set<String> SAME =
      Set.of(
          "Identity",
          "StopGradient",
          "PreventGradient",
          "CheckNumerics",
          "EnsureShape",
          "Cast",
          "Snapshot",
          "PlaceholderWithDefault");

  private static final Set<String> SUMS = Set.of("Add", "AddV2", "AddN", "BiasAdd");

  /** Products and quotients. */
  static final Set<String> FACTORS = Set.of("Mul", "RealDiv", "Div", "DivNoNan");

  private static final Set<String> JOINS =
      Set.of("Add", "AddV2", "AddN", "Sub", "Mul", "Maximum", "Minimum");
  private static final Set<String> LINEAR =
      ImmutableSet.<String>builder().addAll(SUMS).addAll(FACTORS).add("Sub", "Neg").build();
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
    SAME.forEach(type -> rules.put(type, OpRule.first(ElementwiseRules::same)));
    rules.put(Ancestors.BUNDLE, ElementwiseRules::sameAll);
    LINEAR.forEach(type -> rules.put(type, OpRule.first(ElementwiseRules::combine)));
    OTHERS.forEach(type -> rules.put(type, OpRule.first(ElementwiseRules::combine)));
  }

  /** Tells whether a type of operation computes each unit from itself. */
  static boolean knows(String type) {
    return LINEAR.contains(type) || OTHERS.contains(type);
  }

  private static Flow same(Site site) {
    Flow flow = site.flow(0).orElseThrow(() -> new NotUnderstood("its first input is a constant"));
    boolean rounds =
        Parameter.isFloat(site.input(0).dataType()) && !Parameter.isFloat(site.output().dataType());
    return rounds && flow instanceof Flow.Carried carried && carried.root().isPresent()
        ? carried
            .read(carried.reading().with(Stage.ACTIVATED, carried.gains()))
            .readAt(site.output())
        : flow;
  }

  private static List<Optional<Flow>> sameAll(Site site) {
    List<Optional<Flow>> all = new ArrayList<>();
    for (int i = 0; i < site.operation().numInputs(); i++) {
      all.add(site.flow(i));
    }
    return all;
  }

  private static Flow combine(Site site) {
    List<Flow> incoming = site.incoming();
    if (incoming.stream().anyMatch(Flow.Scores.class::isInstance)) {
      return AttentionRules.masked(site);
    }
    if (DropoutRules.applies(site)) {
      return DropoutRules.undropped(site);
    }
    Optional<Flow.Carried> logits = Softmaxes.ending(site);
    if (logits.isPresent()) {
      return Softmaxes.passed(site, logits.get());
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
    List<Flow> layers = site.incoming().stream().filter(flow -> !Flow.onlyInput(flow)).toList();
    return roots.size() == 2
        && roots.contains(Optional.<Part>empty())
        && layers.size() < site.incoming().size()
        && layers.stream().allMatch(Flow.Carried.class::isInstance)
        && site.incoming().stream()
            .filter(Flow::onlyInput)
            .noneMatch(
                flow ->
                    flow instanceof Flow.Carried input
                        && input.shape().equals(((Flow.Carried) layers.get(0)).shape()));
  }

  /*
   * All that flows in is of one layer, so the result is again one to one with it: x times its own
   * sigmoid, x minus its own mean; but not x plus its own transpose. Only what is learnt of the
   * other operands must be sorted out: bias, or gain and shift of a normalization.
   */
  private static Flow onOne(Site site) {
    List<Flow> all = site.incoming();
    if (all.stream().anyMatch(flow -> !Flow.onlyInput(flow))) {
      all.removeIf(Flow::onlyInput);
    }
    Optional<Flow.Carried> furthest = Optional.empty();
    Stage stage = Stage.KERNEL;
    boolean byStatistics = false;
    Optional<Flow.Carried> logits = Optional.empty();
    Set<Parameter> gains = new LinkedHashSet<>();
    for (Flow flow : all) {
      if (flow instanceof Flow.Carried carried) {
        gains.addAll(carried.gains());
        stage = stage.orLater(carried.reading().stage());
        if (furthest.isEmpty() || carried.reading().steps() > furthest.get().reading().steps()) {
          furthest = Optional.of(carried);
        }
      } else if (flow instanceof Flow.Statistic statistic) {
        gains.addAll(statistic.gains());
        logits = logits.or(statistic::logits);
        byStatistics = true;
      } else {
        throw new NotUnderstood("what it takes is computed from the input and of unknown shape");
      }
    }
    Optional<Part> root = root(all.get(0));
    Operands operands = Operands.of(site, root);
    if (furthest.isEmpty()) {
      gains.addAll(operands.learnt());
      Flow.Statistic first = (Flow.Statistic) all.get(0);
      return new Flow.Statistic(root, first.source(), logits, ImmutableSet.copyOf(gains));
    }
    Flow.Carried from = furthest.get();
    NotUnderstood.unless(
        all.stream()
            .allMatch(f -> !(f instanceof Flow.Carried c) || c.layout().equals(from.layout())),
        "it combines a layer with itself in another shape, or transposed or padded differently");
    boolean sum = SUMS.contains(site.type());
    boolean ofKernel = stage == Stage.KERNEL && !byStatistics;
    if (sum && ofKernel && root.filter(Part::counted).isPresent()) {
      root.get().parameters().addAll(operands.learnt());
    } else {
      gains.addAll(operands.learnt());
    }
    operands.forgetMeans(root, gains);
    boolean shifts = sum && stage == Stage.ACTIVATED && !from.gains().isEmpty();
    boolean scales = FACTORS.contains(site.type()) || site.type().equals("Sub");
    Stage after = LINEAR.contains(site.type()) ? stage : Stage.ACTIVATED;
    Flow.Carried changed = from.read(from.reading().with(after, ImmutableSet.copyOf(gains)));
    if (byStatistics
        || (scales && operands.several())
        || (shifts && !operands.learnt().isEmpty())) {
      return NormalizationRules.normalized(site, changed);
    }
    // A number that the kernel's output is multiplied with, as queries are, is for who takes it.
    boolean byNumber = all.size() == 1 && operands.learnt().isEmpty();
    return FACTORS.contains(site.type()) && byNumber && ofKernel
        ? changed
        : changed.readAt(site.output());
  }

  /*
   * Sum, difference, product or extremum of several layers: unit by unit. A layer with axes of size
   * 1, such as a gate of each channel, takes part at all places along these.
   */
  private static Flow join(Site site) {
    NotUnderstood.unless(JOINS.contains(site.type()), "it combines several layers");
    List<Flow.Carried> all = new ArrayList<>();
    for (int i = 0; i < site.operation().numInputs(); i++) {
      all.add(site.carried(i));
    }
    Flow.Carried largest = all.stream().max(comparingLong(Flow.Carried::units)).orElseThrow();
    Layout layout = largest.layout();
    NotUnderstood.unless(!layout.isPadded(), "it combines layers that are padded");
    boolean alike = all.stream().allMatch(c -> c.layout().equals(layout));
    for (int i = 0; i < all.size() && !alike; i++) {
      NotUnderstood.unless(
          all.get(i).layout().plain() && RepeatRules.isWhole(site, i, all.get(i)),
          "it combines layers of different shapes, or that are transposed or padded differently");
    }
    Part sum = site.parts().wiring(site.name(), layout.shape());
    for (Flow.Carried one : all) {
      Flow.Carried each = alike ? one : RepeatRules.broadcast(site, one, layout.shape());
      // Copies feed as they stand, since they are as many.
      boolean asItStands = !alike && each.root().isPresent();
      ImmutableList<Long> shape = asItStands ? each.root().get().shape() : each.shape();
      site.parts().feed(each, shape, sum, new OneToOne(0));
    }
    return Flow.Carried.of(Optional.of(sum), layout, site.output());
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
    throw new NotUnderstood("it takes what is neither a layer's units nor a statistic of them");
  }
}
