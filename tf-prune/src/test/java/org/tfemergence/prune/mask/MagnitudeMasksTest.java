package org.tfemergence.prune.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MagnitudeMasksTest {
  /* tfmot: testConstructsMaskAndThresholdCorrectly. */
  @Test
  void choose_oneToTen_dropsTheSmallestTwo() {
    assertThat(choose(upTo(10), 0.200000018)).isEqualTo(mask("0011111111"));
  }

  /* tfmot: testUpdateSingleMask, testExtremelySparseMask. */
  @Test
  void choose_oneToHundred_keepsTheGreatest() {
    assertThat(choose(upTo(100), 0.5)).isEqualTo(mask("0".repeat(50) + "1".repeat(50)));
    assertThat(choose(upTo(100), 0.9999)).isEqualTo(mask("0".repeat(99) + "1"));
  }

  /* torch: test_l1_unstructured_pruning, two of eight and then two more. */
  @Test
  void choose_twice_dropsTheNextSmallest() {
    float[] weights = {1, 2, 3, 4, -4, -3, -2, -1};

    Mask first = choose(weights, 2 / 8.0);
    Mask second = MagnitudeMasks.choose(weights, first, 4 / 8.0);

    assertThat(first).isEqualTo(mask("01111110"));
    assertThat(second).isEqualTo(mask("00111100"));
  }

  /* torch: test_unstructured_pruning_same_magnitude. */
  @Test
  void choose_allEqual_keepsTheFirst() {
    float[] weights = {1, 1, -1, 1, 1, -1, 1, 1};

    assertThat(choose(weights, 0.5)).isEqualTo(mask("11110000"));
  }

  /* tfmot: testConditionalMaskUpdate. */
  @Test
  void choose_risingSchedule_keepsTheScheduledNumbers() {
    double[] sparsity = {0, .1, .1, .3, .3, .5, .5, .5, .5, .5};
    int[] expected = {100, 90, 90, 70, 70, 50, 50, 50, 50, 50};
    Mask mask = Mask.all(100);

    for (int i = 0; i < sparsity.length; i++) {
      mask = MagnitudeMasks.choose(upTo(100), mask, sparsity[i]);
      assertThat(mask.kept()).isEqualTo(expected[i]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 1000})
  void choose_randomWeights_equalsAStableSort(int magnitudes) {
    Random random = new Random(magnitudes);
    for (int round = 0; round < 500; round++) {
      float[] weights = draw(random, 1 + random.nextInt(60), magnitudes);
      double sparsity = random.nextDouble();
      Mask previous = bySort(weights, Mask.all(weights.length), random.nextDouble() * sparsity);

      assertThat(choose(weights, sparsity))
          .isEqualTo(bySort(weights, Mask.all(weights.length), sparsity));
      assertThat(MagnitudeMasks.choose(weights, previous, sparsity))
          .isEqualTo(bySort(weights, previous, sparsity));
    }
  }

  @Test
  void choose_risingSparsity_neverUnmasks() {
    Random random = new Random(22);
    for (int round = 0; round < 300; round++) {
      int size = 1 + random.nextInt(50);
      Mask mask = Mask.all(size);
      double sparsity = 0;
      for (int prune = 0; prune < 6; prune++) {
        sparsity += (1 - sparsity) * random.nextDouble() * 0.5;
        Mask next = MagnitudeMasks.choose(draw(random, size, 2), mask, sparsity);
        for (int i = 0; i < size; i++) {
          assertThat(next.keeps(i) && !mask.keeps(i)).isFalse();
        }
        assertThat(next.kept()).isEqualTo((int) Sparsity.kept(size, sparsity));
        mask = next;
      }
    }
  }

  @Test
  void choose_survivorsAreZero_neverUnmasksLargerMaskedWeights() {
    // The masked weights moved away from zero, as an optimizer would move them.
    float[] weights = {9, 9, 0, -0f, 0, 0, 9, 9};

    assertThat(MagnitudeMasks.choose(weights, mask("00111100"), 0.75)).isEqualTo(mask("00110000"));
  }

  @Test
  void choose_fallingSparsity_bringsBackOnlyWhatIsMissing() {
    float[] weights = {1, 5, 4, 3, 2, 6};

    assertThat(MagnitudeMasks.choose(weights, mask("000001"), 0.5)).isEqualTo(mask("110001"));
  }

  @Test
  void choose_zerosOfBothSigns_areEqual() {
    assertThat(choose(new float[] {-0f, 0, -0f, 0}, 0.5)).isEqualTo(mask("1100"));
  }

  @Test
  void choose_anyArray_leavesItAlone() {
    float[] weights = {3, -1, 2};

    choose(weights, 0.5);

    assertThat(weights).containsExactly(3, -1, 2);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void choose_notFinite_isRefused(float bad) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> choose(new float[] {1, bad}, 0.5))
        .withMessage("weight 1 must be finite, got " + bad);
  }

  @Test
  void choose_badArguments_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MagnitudeMasks.choose(upTo(3), Mask.all(4), 0.5))
        .withMessage("got 3 weights and a mask of 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> choose(upTo(3), 1))
        .withMessage("sparsity must be in [0, 1), got 1.0");
  }

  @Test
  void chooseGlobally_handMade_hasOneThresholdAndTheEarlierTensorFirst() {
    List<float[]> weights = List.of(new float[] {1, 2, 2}, new float[] {2, 3}, new float[] {2});
    List<Mask> all = List.of(Mask.all(3), Mask.all(2), Mask.all(1));

    assertThat(MagnitudeMasks.choose(weights, all, 0.5, Allocation.GLOBAL))
        .containsExactly(mask("011"), mask("01"), mask("0"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 1000})
  void choose_randomTensors_equalsAStableSortOfEachGroup(int magnitudes) {
    Random random = new Random(100 + magnitudes);
    for (int round = 0; round < 200; round++) {
      List<float[]> weights = new ArrayList<>();
      List<Mask> previous = new ArrayList<>();
      for (int tensor = 0; tensor < 1 + random.nextInt(4); tensor++) {
        weights.add(draw(random, 1 + random.nextInt(20), magnitudes));
        previous.add(bySort(weights.get(tensor), Mask.all(weights.get(tensor).length), 0.3));
      }
      double sparsity = random.nextDouble();

      assertThat(MagnitudeMasks.choose(weights, previous, sparsity, Allocation.GLOBAL))
          .isEqualTo(globallyBySort(weights, previous, sparsity));
      List<Mask> each = MagnitudeMasks.choose(weights, previous, sparsity, Allocation.PER_TENSOR);
      for (int tensor = 0; tensor < weights.size(); tensor++) {
        assertThat(each.get(tensor))
            .isEqualTo(bySort(weights.get(tensor), previous.get(tensor), sparsity));
      }
    }
  }

  @Test
  void choose_otherNumberOfMasks_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> MagnitudeMasks.choose(List.of(upTo(3)), List.of(), 0.5, Allocation.GLOBAL))
        .withMessage("got 1 tensors and 0 masks");
  }

  /* A place in a tensor; ranked by the rule in words, place by place. */
  private record Place(int tensor, int index, boolean masked, float magnitude) {}

  private static List<Mask> globallyBySort(
      List<float[]> weights, List<Mask> previous, double sparsity) {
    List<Place> places = new ArrayList<>();
    for (int tensor = 0; tensor < weights.size(); tensor++) {
      for (int i = 0; i < weights.get(tensor).length; i++) {
        boolean masked = !previous.get(tensor).keeps(i);
        places.add(new Place(tensor, i, masked, masked ? 0 : Math.abs(weights.get(tensor)[i])));
      }
    }
    places.sort(
        Comparator.comparing(Place::masked)
            .thenComparing(Place::magnitude, Comparator.reverseOrder())
            .thenComparing(Place::tensor)
            .thenComparing(Place::index));
    List<BitSet> kept = weights.stream().map(each -> new BitSet()).toList();
    places
        .subList(0, (int) Sparsity.kept(places.size(), sparsity))
        .forEach(place -> kept.get(place.tensor()).set(place.index()));
    return IntStream.range(0, weights.size())
        .mapToObj(tensor -> Mask.of(weights.get(tensor).length, kept.get(tensor)))
        .toList();
  }

  /* Those never masked before those masked, greater before smaller, and else as they stand. */
  private static Mask bySort(float[] weights, Mask previous, double sparsity) {
    List<Integer> order =
        IntStream.range(0, weights.length)
            .boxed()
            .sorted(
                Comparator.<Integer, Boolean>comparing(i -> !previous.keeps(i))
                    .thenComparing(
                        i -> previous.keeps(i) ? Math.abs(weights[i]) : 0,
                        Comparator.reverseOrder()))
            .toList();
    BitSet kept = new BitSet();
    order.subList(0, (int) Sparsity.kept(weights.length, sparsity)).forEach(kept::set);
    return Mask.of(weights.length, kept);
  }

  private static Mask choose(float[] weights, double sparsity) {
    return MagnitudeMasks.choose(weights, Mask.all(weights.length), sparsity);
  }

  private static float[] draw(Random random, int size, int magnitudes) {
    float[] weights = new float[size];
    for (int i = 0; i < size; i++) {
      weights[i] = (random.nextBoolean() ? 1 : -1) * random.nextInt(magnitudes) / 4f;
    }
    return weights;
  }

  private static float[] upTo(int n) {
    float[] weights = new float[n];
    for (int i = 0; i < n; i++) {
      weights[i] = i + 1;
    }
    return weights;
  }

  private static Mask mask(String bits) {
    BitSet kept = new BitSet();
    for (int i = 0; i < bits.length(); i++) {
      kept.set(i, bits.charAt(i) == '1');
    }
    return Mask.of(bits.length(), kept);
  }
}
