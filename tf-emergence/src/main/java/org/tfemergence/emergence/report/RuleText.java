package org.tfemergence.emergence.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.activity.Sign;

/** Finds the rule that describes itself with a given text. */
final class RuleText {
  private static final Pattern NUMBERS =
      Pattern.compile("> ([^ ,]+)(?: in more than ([^ ,]+) of the examples)?(?:, by channel)?$");

  private RuleText() {}

  /* The words are the rule's own affair: only its numbers are taken from the text. */
  static Optional<ActivityRule> parse(String text) {
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
      return reducers.stream()
          .flatMap(reducer -> rules(new ActivityRule(reducer, threshold)).stream())
          .filter(rule -> rule.toString().equals(text))
          .findFirst();
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // no number, or one that no rule has
    }
  }

  private static List<ActivityRule> rules(ActivityRule units) {
    List<ActivityRule> rules = new ArrayList<>();
    for (Granularity granularity : Granularity.values()) {
      ActivityRule rule = units.withGranularity(granularity);
      rules.add(rule);
      if (rule.threshold() >= 0) {
        rules.add(rule.withSign(Sign.ABSOLUTE));
      }
    }
    return rules;
  }
}
