package org.tfemergence.emergence.activity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ActivityCountsTest {
  private static final LayerActivity LAYER = new LayerActivity("hidden", 8, 3, 2);

  @Test
  void layer_someActive_tellsInactiveAndShare() {
    assertThat(LAYER.inactive()).isEqualTo(5);
    assertThat(LAYER.share()).isEqualTo(0.375);
  }

  @Test
  void layer_allOfItPadding_hasNoShare() {
    assertThat(new LayerActivity("hidden", 0, 0, 0).share()).isZero();
    assertThat(new DeadUnits("hidden", 0, 0).share()).isZero();
    assertThat(new DeadUnits("hidden", 0, 0).wholeLayer()).isFalse();
  }

  @Test
  void nonFinite_twoLayers_addsUp() {
    LayerActivity other = new LayerActivity("output", 4, 0, 4);

    assertThat(new ActivityCounts(ImmutableList.of(LAYER, other), 1).nonFinite()).isEqualTo(6);
  }

  @Test
  void counts_badArgument_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ActivityCounts(ImmutableList.of(), 1))
        .withMessage("activity must cover at least one layer");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ActivityCounts(ImmutableList.of(LAYER), 0))
        .withMessage("examples must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ActivityCounts(ImmutableList.of(LAYER, LAYER), 1))
        .withMessage("layer 'hidden' is counted twice");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          -1 |  0 |  0 | layer 'x': units must not be negative, got -1
          5 | -1 |  0 | layer 'x': active must be in [0, 5], got -1
          5 |  6 |  0 | layer 'x': active must be in [0, 5], got 6
          5 |  2 | -1 | layer 'x': nonFinite must be in [0, 3], got -1
          5 |  2 |  4 | layer 'x': nonFinite must be in [0, 3], got 4
          """)
  void layer_badArgument_isRefused(long units, long active, long nonFinite, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LayerActivity("x", units, active, nonFinite))
        .withMessage(message);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void rule_thresholdNotFinite_isRefused(double threshold) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ActivityRule(Reducer.max(), threshold))
        .withMessage("threshold must be finite, got " + threshold);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new ActivityRule(Reducer.mean(), threshold, Sign.ABSOLUTE, Granularity.UNITS))
        .withMessage("threshold must be finite, got " + threshold);
  }

  @Test
  void rule_magnitudesAgainstANegativeThreshold_isRefused() {
    ActivityRule rule = new ActivityRule(Reducer.mean(), -0.5);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> rule.withSign(Sign.ABSOLUTE))
        .withMessage("threshold of magnitudes must not be negative, got -0.5");
    assertThat(new ActivityRule(Reducer.max(), 0).withSign(Sign.ABSOLUTE).threshold()).isZero();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, 1.5, Double.NaN, Double.POSITIVE_INFINITY})
  void share_rhoOutOfRange_isRefused(double rho) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Reducer.share(rho))
        .withMessage("rho must be in [0, 1), got " + rho);
  }

  @Test
  void share_rhoOfZero_asksForOneExample() {
    ActivityRule rule = new ActivityRule(Reducer.share(0), 0.05);

    assertThat(rule.isActive(0)).isFalse();
    assertThat(rule.isActive(1e-9)).isTrue();
  }

  @Test
  void rule_choices_areToldInWords() {
    ActivityRule share = new ActivityRule(Reducer.share(0.1), 0.05);

    assertThat(share).hasToString("activation > 0.05 in more than 0.1 of the examples");
    assertThat(ActivityRule.DEFAULT.withSign(Sign.ABSOLUTE))
        .hasToString("mean |activation| > 0.05");
    assertThat(ActivityRule.DEFAULT.withGranularity(Granularity.CHANNELS))
        .hasToString("mean activation > 0.05, by channel");
  }

  @Test
  void rule_default_isThatOfThePapers() {
    assertThat(ActivityRule.DEFAULT).isEqualTo(new ActivityRule(Reducer.mean(), 0.05));
    assertThat(ActivityRule.DEFAULT).hasToString("mean activation > 0.05");
    assertThat(new ActivityRule(Reducer.max(), 0)).hasToString("max activation > 0.0");
  }

  @Test
  void rule_atTheThresholdOrNotFinite_isInactive() {
    ActivityRule rule = new ActivityRule(Reducer.mean(), 0.05);

    assertThat(rule.isActive(Math.nextUp(0.05))).isTrue();
    assertThat(rule.isActive(0.05)).isFalse();
    assertThat(rule.isActive(Double.NaN)).isFalse();
    assertThat(rule.isActive(Double.POSITIVE_INFINITY)).isFalse();
    assertThat(rule.isActive(Double.NEGATIVE_INFINITY)).isFalse();
  }
}
