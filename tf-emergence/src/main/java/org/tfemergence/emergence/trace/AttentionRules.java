package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Optional;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;

/**
 * Attention: queries times keys, scaled and masked, through a softmax, times values. Queries, keys
 * and values are layers of [positions, heads, width of a head], in whatever order the axes are.
 */
final class AttentionRules {
  private AttentionRules() {}

  static void addTo(ImmutableMap.Builder<String, OpRule> rules) {
    rules.put("Softmax", OpRule.first(AttentionRules::softmax));
    rules.put("LogSoftmax", OpRule.first(AttentionRules::softmax));
  }

  /** Wires a product of two tensors that both depend on the network's input. */
  static Flow product(Site site) {
    if (site.flow(0).get() instanceof Flow.Scores scores) {
      return context(site, scores, site.carried(1), true);
    }
    if (site.flow(1).get() instanceof Flow.Scores scores) {
      return context(site, scores, site.carried(0), false);
    }
    return scores(site, site.carried(0), site.carried(1));
  }

  private static Flow scores(Site site, Flow.Carried left, Flow.Carried right) {
    Equation equation = Equation.of(site, left.shape().size() + 1, right.shape().size() + 1);
    String leftBase = base(equation.left(), left);
    String rightBase = base(equation.right(), right);
    int last = leftBase.length() - 1;
    boolean fits =
        leftBase.length() == rightBase.length()
            && (leftBase.length() == 2 || leftBase.length() == 3)
            && equation.contracted().equals(leftBase.substring(last))
            && rightBase.endsWith(equation.contracted())
            && leftBase.substring(1).equals(rightBase.substring(1))
            && leftBase.charAt(0) != rightBase.charAt(0)
            && equation.left().charAt(0) == equation.out().charAt(0);
    NotUnderstood.unless(fits, "it is no product of queries and keys: '" + equation + "'");
    StringBuilder roles = new StringBuilder("b");
    for (int i = 1; i < equation.out().length(); i++) {
      char letter = equation.out().charAt(i);
      roles.append(
          letter == leftBase.charAt(0) ? 't' : (letter == rightBase.charAt(0) ? 's' : 'h'));
    }
    NotUnderstood.unless(
        left.shape().subList(1, last + 1).equals(right.shape().subList(1, last + 1)),
        "its queries " + left.shape() + " and keys " + right.shape() + " have not the same heads");
    int heads = last == 2 ? Math.toIntExact(left.shape().get(1)) : 1;
    return new Flow.Scores(left, right, heads, roles.toString(), site.output(), ImmutableList.of());
  }

  /** Returns the letters of an operand's axes in the order of its layer's units. */
  private static String base(String letters, Flow.Carried carried) {
    NotUnderstood.unless(
        letters.length() == carried.order().size() + 1, "its operand has not the axes " + letters);
    char[] base = new char[carried.order().size()];
    for (int i = 0; i < base.length; i++) {
      base[carried.order().get(i)] = letters.charAt(i + 1);
    }
    return new String(base);
  }

  /* Of scores over the keys it gives their weights. */
  private static Flow softmax(Site site) {
    Flow flow = site.flow(0).orElseThrow();
    if (flow instanceof Flow.Scores scores) {
      if (scores.roles().endsWith("s")) {
        return scores;
      }
      NotUnderstood.unless(scores.roles().endsWith("t"), "its scores are not over positions");
      return scores.turned();
    }
    return Softmaxes.passed(site, site.carried(0));
  }

  private static Flow context(Site site, Flow.Scores scores, Flow.Carried value, boolean first) {
    int rank = value.shape().size() + 1;
    Equation equation = Equation.of(site, rank, rank);
    String weights = first ? equation.left() : equation.right();
    String base = base(first ? equation.right() : equation.left(), value);
    NotUnderstood.unless(
        weights.length() == scores.roles().length() && equation.contracted().length() == 1,
        "it is no product of scores and values");
    char position = weights.charAt(scores.roles().indexOf('t'));
    char key = weights.charAt(scores.roles().indexOf('s'));
    boolean heads = scores.roles().indexOf('h') >= 0;
    boolean fits =
        equation.contracted().charAt(0) == key
            && base.charAt(0) == key
            && base.length() == (heads ? 3 : 2)
            && (!heads || base.charAt(1) == weights.charAt(scores.roles().indexOf('h')));
    NotUnderstood.unless(fits, "it is no product of scores and values: '" + equation + "'");
    NotUnderstood.unless(
        !heads || value.shape().get(1) == scores.heads(),
        "its values " + value.shape() + " have not " + scores.heads() + " heads");

    String outBase = position + base.substring(1);
    long positions = scores.query().shape().get(0);
    ImmutableList.Builder<Long> shape = ImmutableList.<Long>builder().add(positions);
    shape.addAll(value.shape().subList(1, value.shape().size()));
    ImmutableList.Builder<Integer> order = ImmutableList.builder();
    for (int i = 1; i < equation.out().length(); i++) {
      char letter = equation.out().charAt(i);
      NotUnderstood.unless(outBase.indexOf(letter) >= 0, "its equation is '" + equation + "'");
      order.add(outBase.indexOf(letter));
    }
    long width = value.units() / value.shape().get(0);
    Reach reach = Masks.reach(site, scores, site.input(first ? 0 : 1));
    Part context = site.parts().wiring(site.name(), ImmutableList.of(positions, width));
    feed(site, scores.query(), context, new Attention(scores.heads(), Reach.SELF));
    feed(site, scores.key(), context, new Attention(scores.heads(), reach));
    feed(site, value, context, new Attention(scores.heads(), reach));
    return Flow.Carried.of(
        Optional.of(context), Layout.of(shape.build()).ordered(order.build()), site.output());
  }

  private static void feed(Site site, Flow.Carried from, Part context, Attention wiring) {
    long positions = from.shape().get(0);
    site.parts().feed(from, ImmutableList.of(positions, from.units() / positions), context, wiring);
  }

  /*
   * Scales or masks an attention's scores, or its weights. By one number all are treated alike; what
   * else it does to them is tried out when the weights are used.
   */
  static Flow masked(Site site) {
    Flow.Scores scores = null;
    boolean mask = false;
    for (int i = 0; i < site.operation().numInputs(); i++) {
      Flow flow = site.flow(i).orElse(null);
      if (flow instanceof Flow.Scores some) {
        NotUnderstood.unless(
            scores == null || scores.product().equals(some.product()), "it combines two scores");
        scores = scores == null ? some : some.masked(scores.masks());
      } else if (flow == null) {
        mask |= site.input(i).shape().isUnknown() || site.input(i).shape().size() != 1;
      } else {
        NotUnderstood.unless(Flow.onlyInput(flow), "it combines scores with a layer");
        mask = true;
      }
    }
    return mask ? scores.masked(List.of(site.type() + " '" + site.name() + "'")) : scores;
  }
}
