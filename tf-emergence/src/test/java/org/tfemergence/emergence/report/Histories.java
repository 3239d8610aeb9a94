package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.activity.Sign;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.measure.Emergence;

/** Histories to write and read back: a known one, and random ones of every legal value. */
final class Histories {
  /** A prime to make digits that no rounding would give. */
  private static final BigInteger HUGE =
      BigInteger.TEN.pow(5000).add(BigInteger.valueOf(1_000_003));

  private Histories() {}

  /** Three readings: E of zero, of a few paths, and of 5,001 digits. */
  static EmergenceHistory known() {
    return new EmergenceHistory(
        "published",
        ActivityRule.DEFAULT,
        ImmutableList.of(
            reading(0, BigInteger.ZERO, Double.NEGATIVE_INFINITY),
            reading(5, BigInteger.valueOf(100), 2),
            reading(10, HUGE, 5000.000000000001)));
  }

  /** The known one, and where it was measured. */
  static EmergenceHistory placed() {
    return new EmergenceHistory(
        new Measured(
            "published",
            ActivityRule.DEFAULT,
            Optional.of(
                new Measured.Place(
                    "evaluation passes, every epoch",
                    TapPoint.BEFORE_NORMALIZATION,
                    ImmutableList.of("hidden", "output")))),
        known().readings());
  }

  static EmergenceHistory empty() {
    return new EmergenceHistory("exact", ActivityRule.DEFAULT, ImmutableList.of());
  }

  private static EmergenceReading reading(long step, BigInteger paths, double log10) {
    return new EmergenceReading(
        step,
        (int) step / 5,
        new ActivityCounts(
            ImmutableList.of(
                new LayerActivity("hidden", 8, 2, 1), new LayerActivity("output", 4, 3, 0)),
            16),
        Optional.of(new Emergence(paths)),
        log10,
        1000);
  }

  /** Histories of up to four readings, all of the same layers; minus zero is left out. */
  static Arbitrary<EmergenceHistory> random() {
    return names()
        .list()
        .uniqueElements()
        .ofMinSize(1)
        .ofMaxSize(4)
        .flatMap(
            layers ->
                rules()
                    .flatMap(
                        rule ->
                            Combinators.combine(
                                    names(),
                                    place(layers).optional(),
                                    readings(layers, rule)
                                        .list()
                                        .ofMaxSize(4)
                                        .map(Histories::sorted))
                                .as(
                                    (measure, place, readings) ->
                                        new EmergenceHistory(
                                            new Measured(measure, rule, place),
                                            ImmutableList.copyOf(readings)))));
  }

  private static Arbitrary<Measured.Place> place(List<String> layers) {
    return Combinators.combine(names(), Arbitraries.of(TapPoint.values()))
        .as((sampling, point) -> new Measured.Place(sampling, point, ImmutableList.copyOf(layers)));
  }

  private static Arbitrary<VerdictRule> rules() {
    return Combinators.combine(
            Arbitraries.oneOf(
                Arbitraries.of(Reducer.mean(), Reducer.max()),
                Arbitraries.doubles().between(0, true, 1, false).map(Reducer::share)),
            Arbitraries.doubles().map(threshold -> threshold + 0.0),
            Arbitraries.of(Sign.values()),
            Arbitraries.of(Granularity.values()),
            Arbitraries.of(true, false))
        .as(
            (reducer, threshold, sign, granularity, each) -> {
              double legal = sign == Sign.ABSOLUTE ? Math.abs(threshold) : threshold;
              return each
                  ? new ExampleRule(legal, sign, granularity)
                  : new ActivityRule(reducer, legal, sign, granularity);
            });
  }

  private static Arbitrary<String> names() {
    return Arbitraries.oneOf(
        Arbitraries.strings().withChars(",\"'\r\n\t \\{}<.a").ofMaxLength(6),
        Arbitraries.strings()
            .all()
            .ofMaxLength(6)
            .filter(name -> StandardCharsets.UTF_8.newEncoder().canEncode(name)));
  }

  private static Arbitrary<EmergenceReading> readings(List<String> layers, VerdictRule rule) {
    Arbitrary<Double> logarithms =
        Arbitraries.oneOf(
            Arbitraries.doubles().map(value -> value + 0.0),
            Arbitraries.of(Double.NEGATIVE_INFINITY, Double.MIN_VALUE, Double.MAX_VALUE));
    return Combinators.combine(
            Arbitraries.longs().greaterOrEqual(0),
            Arbitraries.integers().greaterOrEqual(0),
            counts(layers, rule),
            Arbitraries.bigIntegers()
                .between(BigInteger.ZERO, BigInteger.ONE.shiftLeft(10_000))
                .map(Emergence::new)
                .optional(),
            logarithms,
            Arbitraries.longs().greaterOrEqual(1))
        .as(
            (step, epoch, counts, exact, log10, parameters) ->
                new EmergenceReading(
                    step,
                    epoch,
                    counts,
                    exact,
                    exact.map(Emergence::log10).orElse(log10),
                    parameters));
  }

  private static List<EmergenceReading> sorted(List<EmergenceReading> readings) {
    return ImmutableList.sortedCopyOf(Comparator.comparingLong(EmergenceReading::step), readings);
  }

  private static Arbitrary<ActivityCounts> counts(List<String> layers, VerdictRule rule) {
    Arbitrary<List<LayerActivity>> activity =
        Combinators.combine(layers.stream().map(Histories::activity).toList()).as(list -> list);
    return Combinators.combine(activity, Arbitraries.longs().greaterOrEqual(1))
        .as(
            (list, examples) ->
                new ActivityCounts(ImmutableList.copyOf(list), examples, rule.granularity()));
  }

  private static Arbitrary<LayerActivity> activity(String layer) {
    return Arbitraries.longs()
        .greaterOrEqual(0)
        .flatMap(
            units ->
                Arbitraries.longs()
                    .between(0, units)
                    .flatMap(
                        active ->
                            Arbitraries.longs()
                                .between(0, units - active)
                                .map(
                                    nonFinite ->
                                        new LayerActivity(layer, units, active, nonFinite))));
  }
}
