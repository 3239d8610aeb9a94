package org.tfemergence.emergence.trace;

import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/**
 * Which axes a product of two tensors has, one letter each.
 *
 * @param left the left operand's axes
 * @param right the right operand's axes
 * @param out the product's axes
 */
record Equation(String left, String right, String out) {
  /** Reads the equation of a MatMul, BatchMatMul or Einsum. */
  static Equation of(Site site, int leftRank, int rightRank) {
    if (site.type().equals("Einsum")) {
      List<String> parts = List.of(site.text("equation").replace(" ", "").split("->|,", -1));
      NotUnderstood.unless(
          parts.size() == 3 && parts.stream().noneMatch(part -> part.contains(".")),
          "its equation is '" + site.text("equation") + "'");
      NotUnderstood.unless(
          parts.stream().allMatch(part -> part.chars().distinct().count() == part.length()),
          "its equation '" + site.text("equation") + "' takes a diagonal");
      return new Equation(parts.get(0), parts.get(1), parts.get(2));
    }
    boolean plain = site.type().equals("MatMul");
    boolean turnLeft = site.flag(plain ? "transpose_a" : "adj_x");
    boolean turnRight = site.flag(plain ? "transpose_b" : "adj_y");
    String places = "abcdefgh";
    NotUnderstood.unless(leftRank >= 2 && leftRank <= 9, "its operand has " + leftRank + " axes");
    NotUnderstood.unless(
        rightRank == 2 || rightRank == leftRank, "its operands have different numbers of axes");
    String batch = places.substring(0, leftRank - 2);
    return new Equation(
        batch + (turnLeft ? "km" : "mk"),
        (rightRank == 2 ? "" : batch) + (turnRight ? "nk" : "kn"),
        batch + "mn");
  }

  /** Returns the axes that are summed over, in the left operand's order. */
  String contracted() {
    return pick(left, letter -> right.indexOf(letter) >= 0 && out.indexOf(letter) < 0);
  }

  /**
   * Returns the axes that both operands have and the product keeps, in the left operand's order.
   */
  String batch() {
    return pick(left, letter -> right.indexOf(letter) >= 0 && out.indexOf(letter) >= 0);
  }

  /** Returns the axes of the right operand that the product keeps, in the operand's order. */
  String fresh() {
    return pick(right, letter -> left.indexOf(letter) < 0);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s,%s->%s", left, right, out);
  }

  private static String pick(String letters, IntPredicate wanted) {
    return letters
        .chars()
        .filter(wanted)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
