package org.tfemergence.emergence.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.activity.Sign;
import org.tfemergence.emergence.activity.VerdictRule;

/** Finds the rule that describes itself with a given text. */
final class RuleText {
  private static final Pattern NUMBERS =
      Pattern.compile(
          "> ([^ ,]+)(?: in more than ([^ ,]+) of the examples| in each example by itself)?"
              + "(?:, by channel)?$");

  private RuleText() {}

  /* The words are the rule's own affair: only its numbers are taken from the text. */
  static Optional<VerdictRule> parse(String text) {
    Matcher numbers = NUMBERS.matcher(text);
    if (!numbers.find()) {
      return Optional.empty();
    }
    try {
      double threshold = Double.parseDouble(numbers.group(1));
      List<Reducer> reducers = new ArrayList<>(List.of(Reducer.mean(), Reducer.max()));
      if (numbers.group(2) != null) {
        reducers.add(Reducer.share(Double.parseDouble(numbers.group(2))));
      }
      List<VerdictRule> rules = new ArrayList<>();
      for (Sign sign : threshold >= 0 ? Sign.values() : new Sign[] {Sign.AS_IS}) {
        for (Granularity granularity : Granularity.values()) {
          rules.add(new ExampleRule(threshold, sign, granularity));
          for (Reducer reducer : reducers) {
            rules.add(new ActivityRule(reducer, threshold, sign, granularity));
          }
        }
      }
      return rules.stream().filter(rule -> rule.toString().equals(text)).findFirst();
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // no number, or one that no rule has
    }
  }
}
