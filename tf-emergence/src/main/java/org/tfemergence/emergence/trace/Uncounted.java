package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** What is met on the way, may have been learnt, and is no parameter of any layer; and why. */
final class Uncounted {
  private final Map<Parameter, String> reasons = new LinkedHashMap<>();
  private final Set<Parameter> subtracted = new LinkedHashSet<>();

  /** Notes what is not counted of something. */
  void note(Learnt learnt) {
    learnt.statistics().forEach(this::statistic);
    learnt
        .passedOver()
        .forEach(
            p ->
                reasons.put(
                    p,
                    p.variable()
                        ? p.held() + " holds " + p.type() + ", no numbers"
                        : p.held() + " is a constant that may never have been learnt"));
  }

  void statistic(Parameter parameter) {
    reasons.put(parameter, parameter.held() + " is a moving mean or variance");
  }

  /** Notes what is subtracted from a layer: a shift, or the moving mean of a normalization. */
  void subtracted(Collection<Parameter> some) {
    subtracted.addAll(some);
  }

  /**
   * Tells which of some parameters were moving means, now that a layer is divided by deviations.
   *
   * @param deviations what it is divided by
   */
  Set<Parameter> means(Set<Parameter> among, Set<Parameter> deviations) {
    Set<Parameter> means = new HashSet<>();
    for (Parameter parameter : among) {
      if (subtracted.contains(parameter)
          && deviations.stream().anyMatch(d -> d.size() == parameter.size())) {
        means.add(parameter);
        statistic(parameter);
      }
    }
    return means;
  }

  /** Returns why each is not counted, by its name, but for those that are counted after all. */
  ImmutableMap<String, String> reasons(Set<Parameter> counted) {
    ImmutableMap.Builder<String, String> named = ImmutableMap.builder();
    reasons.forEach(
        (parameter, reason) -> {
          if (!counted.contains(parameter)) {
            named.put(parameter.name(), reason);
          }
        });
    return named.buildKeepingLast();
  }
}
