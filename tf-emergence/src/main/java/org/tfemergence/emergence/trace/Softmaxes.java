package org.tfemergence.emergence.trace;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;

/**
 * Softmaxes of layers, be they one operation or written out as quotients of exponentials by their
 * sum, or as differences of logits and the logarithm of one.
 */
final class Softmaxes {
  private Softmaxes() {}

  /**
   * Returns what flows on behind a softmax. One of the network's logits changes no layer: its taps
   * stay at the logits. Between layers each of its outputs depends on all units.
   *
   * @throws NotUnderstood if a layer takes what it makes
   */
  static Flow passed(Site site, Flow.Carried logits) {
    NotUnderstood.unless(
        logits.root().isPresent() && site.region().endsBehind(site.output(), ElementwiseRules.SAME),
        "something is computed from what it makes of a layer, and each output depends on all"
            + " units");
    return logits;
  }

  /**
   * Returns the logits of the softmax that an operation is the last of, if it is one: it combines a
   * layer with a sum of exponentials.
   */
  static Optional<Flow.Carried> ending(Site site) {
    List<Flow> all = site.incoming();
    return all.stream().noneMatch(Flow.Carried.class::isInstance)
        ? Optional.empty()
        : all.stream()
            .filter(Flow.Statistic.class::isInstance)
            .flatMap(flow -> ((Flow.Statistic) flow).logits().stream())
            .findFirst();
  }

  /** Returns the units of which a tensor holds the exponentials, weighed or not, if it does. */
  static Optional<Flow.Carried> behind(Site site, Output<?> exponentials) {
    GraphOperation operation = Parameters.operation(exponentials);
    if (!(site.flow(exponentials).orElse(null) instanceof Flow.Carried)) {
      return Optional.empty();
    }
    if (operation.type().equals("Exp")) {
      return unshifted(site, operation.input(0));
    }
    boolean keeps =
        ElementwiseRules.SAME.contains(operation.type())
            || ElementwiseRules.FACTORS.contains(operation.type());
    int operands = operation.type().equals("Mul") ? 2 : (keeps ? 1 : 0);
    return IntStream.range(0, operands)
        .boxed()
        .flatMap(i -> behind(site, operation.input(i)).stream())
        .findFirst();
  }

  /* The same in front of the subtraction of a maximum. */
  private static Optional<Flow.Carried> unshifted(Site site, Output<?> shifted) {
    GraphOperation operation = Parameters.operation(shifted);
    boolean subtracts =
        operation.type().equals("Sub")
            && site.flow(operation.input(1)).orElse(null) instanceof Flow.Statistic;
    return site.flow(subtracts ? operation.input(0) : shifted)
        .filter(Flow.Carried.class::isInstance)
        .map(Flow.Carried.class::cast);
  }
}
