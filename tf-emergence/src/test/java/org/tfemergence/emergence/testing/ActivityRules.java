package org.tfemergence.emergence.testing;

import java.util.ArrayList;
import java.util.List;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.activity.Sign;

/** The choices an activity rule leaves, for tests that go through all of them. */
public final class ActivityRules {
  private ActivityRules() {}

  /** Returns one reducer of each kind. */
  public static List<Reducer> reducers() {
    return List.of(Reducer.mean(), Reducer.max(), Reducer.share(0.25));
  }

  /** Returns every reducer with every sign and every granularity. */
  public static List<ActivityRule> rules() {
    List<ActivityRule> all = new ArrayList<>();
    for (Reducer reducer : reducers()) {
      for (Sign sign : Sign.values()) {
        for (Granularity granularity : Granularity.values()) {
          all.add(new ActivityRule(reducer, 0.125, sign, granularity));
        }
      }
    }
    return all;
  }

  /** Returns the rule of each example by itself with every sign and every granularity. */
  public static List<ExampleRule> exampleRules() {
    List<ExampleRule> all = new ArrayList<>();
    for (Sign sign : Sign.values()) {
      for (Granularity granularity : Granularity.values()) {
        all.add(new ExampleRule(0.125, sign, granularity));
      }
    }
    return all;
  }
}
