package org.tfemergence.emergence.activity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.network.Layer;

final class ExampleCounterTest {
  private static final float NAN = Float.NaN;
  private static final Layer DENSE = new Layer("dense", 3, 0);
  private static final Layer SEQUENCE =
      new Layer("sequence", ImmutableList.of(2L, 2L), 0, Layer.Role.COUNTED);

  @Test
  void examples_ofTwoLayers_haveVerdictsOfTheirOwn() {
    ExampleCounter counter = new ExampleCounter(new ExampleRule(0.5), List.of(DENSE, SEQUENCE));
    counter.add(0, 1, 0.5f, 0, /**/ NAN, 2, Float.POSITIVE_INFINITY);
    counter.addMasked(1, new boolean[] {true, false, true, true}, 1, 0, NAN, 1, /**/ 0, 1, 1, 1);

    assertThat(counter.examples())
        .containsExactly(
            counts(1, activity("dense", 3, 1, 0), activity("sequence", 2, 1, 0)),
            counts(1, activity("dense", 3, 1, 2), activity("sequence", 4, 3, 0)));
    assertThat(counter.snapshot())
        .isEqualTo(counts(2, activity("dense", 6, 2, 2), activity("sequence", 6, 4, 0)));
  }

  @Test
  void add_layerOfPositions_takesAllOfThem() {
    ExampleCounter counter = new ExampleCounter(new ExampleRule(0.5), List.of(SEQUENCE));
    counter.add(0, 1, 0, 1, 1, /**/ 0, 0, 0, 1);

    assertThat(counter.examples())
        .containsExactly(
            counts(1, activity("sequence", 4, 3, 0)), counts(1, activity("sequence", 4, 1, 0)));
  }

  @Test
  void examples_byChannelOfMagnitudes_takeTheMeanOverRealPositions() {
    ExampleRule rule = new ExampleRule(0.5, Sign.ABSOLUTE, Granularity.CHANNELS);
    ExampleCounter counter = new ExampleCounter(rule, List.of(SEQUENCE));
    counter.addMasked(
        0, new boolean[] {true, true, false, true}, -1, 0.2f, 0.4f, 0.2f, /**/ 9, 9, -1, 0);

    assertThat(counter.examples())
        .containsExactly(
            new ActivityCounts(
                ImmutableList.of(activity("sequence", 2, 1, 0)), 1, Granularity.CHANNELS),
            new ActivityCounts(
                ImmutableList.of(activity("sequence", 2, 1, 0)), 1, Granularity.CHANNELS));
  }

  @Test
  void examples_paddingInAllLayers_areLeftOut() {
    ExampleCounter counter = new ExampleCounter(new ExampleRule(0.5), List.of(DENSE, SEQUENCE));
    boolean[] real = {true, false, false};
    counter.addMasked(0, real, 1, 0, 0, /**/ 1, 1, 1, /**/ 1, NAN, 1);
    boolean[] positions = {false, false, true, false, false, false};
    counter.addMasked(1, positions, 1, 1, 1, 1, /**/ 1, 0, 1, 1, /**/ 1, 1, 1, 1);

    assertThat(counter.examples())
        .containsExactly(
            counts(1, activity("dense", 3, 1, 0), activity("sequence", 0, 0, 0)),
            counts(1, activity("dense", 0, 0, 0), activity("sequence", 2, 1, 0)));
  }

  @Test
  void examples_anyBatch_addUpToTheSharesOfEachUnit() {
    Random random = new Random(3);
    ExampleCounter counter = new ExampleCounter(new ExampleRule(0.5), List.of(DENSE));
    float[] values = new float[3 * 40];
    long above = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
      above += values[i] > 0.5 ? 1 : 0;
    }
    counter.add(0, values);

    assertThat(counter.snapshot()).isEqualTo(counts(40, activity("dense", 120, above, 0)));
  }

  @Test
  void add_unfitLength_isRefused() {
    ExampleCounter counter = new ExampleCounter(ExampleRule.DEFAULT, List.of(SEQUENCE));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> counter.add(0, 1, 2, 3))
        .withMessage("layer 'sequence': expected a positive multiple of 4 activations, got 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> counter.addMasked(0, new boolean[3], 1, 2, 3, 4))
        .withMessage("layer 'sequence': expected a mask of 2 positions, got 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ExampleCounter(ExampleRule.DEFAULT, List.of()))
        .withMessage("a counter must have at least one layer");
  }

  @Test
  void snapshot_withoutExamples_isRefused() {
    ExampleCounter counter = new ExampleCounter(ExampleRule.DEFAULT, List.of(DENSE, SEQUENCE));
    assertThatIllegalArgumentException()
        .isThrownBy(counter::snapshot)
        .withMessage("examples must be at least 1, got 0");
    counter.add(0, 1, 2, 3);

    assertThatIllegalStateException()
        .isThrownBy(counter::snapshot)
        .withMessage("layer 'sequence' got 0 examples, layer 'dense' 1");
  }

  @Test
  void ofExamples_otherLayers_areRefused() {
    List<ActivityCounts> mixed = new ArrayList<>();
    mixed.add(counts(1, activity("a", 1, 0, 0)));
    mixed.add(counts(1, activity("b", 1, 0, 0)));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivityCounts.ofExamples(mixed))
        .withMessage("all examples must be of the layers [a], got [b]");
  }

  @Test
  void rule_thresholdOutOfRange_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ExampleRule(Double.NaN))
        .withMessage("threshold must be finite, got NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ExampleRule(-1).withSign(Sign.ABSOLUTE))
        .withMessage("threshold of magnitudes must not be negative, got -1.0");
  }

  @Test
  void rule_inWords_tellsItsChoices() {
    assertThat(ExampleRule.DEFAULT).hasToString("activation > 0.05 in each example by itself");
    assertThat(ExampleRule.DEFAULT.withSign(Sign.ABSOLUTE).withGranularity(Granularity.CHANNELS))
        .hasToString("|activation| > 0.05 in each example by itself, by channel");
  }

  private static LayerActivity activity(String layer, long units, long active, long nonFinite) {
    return new LayerActivity(layer, units, active, nonFinite);
  }

  private static ActivityCounts counts(long examples, LayerActivity... layers) {
    return new ActivityCounts(ImmutableList.copyOf(layers), examples);
  }
}
