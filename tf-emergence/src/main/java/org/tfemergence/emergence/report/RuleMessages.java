package org.tfemergence.emergence.report;

import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.activity.Sign;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.report.proto.SavedRule;

/** A rule as the message of {@code emergence.proto}, and back. */
final class RuleMessages {
  private RuleMessages() {}

  static SavedRule saved(VerdictRule rule) {
    return SavedRule.newBuilder()
        .setReducer(reducer(rule))
        .setThreshold(rule.threshold())
        .setRho(
            rule instanceof ActivityRule joined && joined.reducer() instanceof Reducer.Share share
                ? share.rho()
                : 0)
        .setSign(
            switch (rule.sign()) {
              case AS_IS -> SavedRule.Sign.AS_IS;
              case ABSOLUTE -> SavedRule.Sign.ABSOLUTE;
            })
        .setGranularity(
            switch (rule.granularity()) {
              case UNITS -> SavedRule.Granularity.UNITS;
              case CHANNELS -> SavedRule.Granularity.CHANNELS;
            })
        .build();
  }

  static VerdictRule rule(SavedRule saved) {
    return switch (saved.getReducer()) {
      case MEAN -> joined(Reducer.mean(), saved);
      case MAX -> joined(Reducer.max(), saved);
      case SHARE -> joined(Reducer.share(saved.getRho()), saved);
      case EACH -> new ExampleRule(saved.getThreshold(), sign(saved), granularity(saved));
      case REDUCER_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException(
              "found reducer " + saved.getReducer() + ", expected MEAN, MAX, SHARE or EACH");
    };
  }

  private static ActivityRule joined(Reducer reducer, SavedRule saved) {
    return new ActivityRule(reducer, saved.getThreshold(), sign(saved), granularity(saved));
  }

  private static SavedRule.Reducer reducer(VerdictRule rule) {
    if (!(rule instanceof ActivityRule joined)) {
      return SavedRule.Reducer.EACH;
    }
    Reducer reducer = joined.reducer();
    if (reducer instanceof Reducer.Mean) {
      return SavedRule.Reducer.MEAN;
    }
    if (reducer instanceof Reducer.Max) {
      return SavedRule.Reducer.MAX;
    }
    if (reducer instanceof Reducer.Share) {
      return SavedRule.Reducer.SHARE;
    }
    throw new AssertionError("no message for the reducer " + reducer);
  }

  private static Sign sign(SavedRule saved) {
    return switch (saved.getSign()) {
      case AS_IS -> Sign.AS_IS;
      case ABSOLUTE -> Sign.ABSOLUTE;
      case SIGN_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException(
              "found sign " + saved.getSign() + ", expected AS_IS or ABSOLUTE");
    };
  }

  private static Granularity granularity(SavedRule saved) {
    return switch (saved.getGranularity()) {
      case UNITS -> Granularity.UNITS;
      case CHANNELS -> Granularity.CHANNELS;
      case GRANULARITY_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException(
              "found granularity " + saved.getGranularity() + ", expected UNITS or CHANNELS");
    };
  }
}
