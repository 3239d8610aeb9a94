package org.tfemergence.prune.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.Readout;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.TinyTraining.Kind;
import org.tfemergence.emergence.testing.TwoDevices;
import org.tfemergence.prune.mask.Allocation;
import org.tfemergence.prune.mask.MagnitudeMasks;
import org.tfemergence.prune.mask.Mask;
import org.tfemergence.prune.mask.Sparsity;
import org.tfemergence.prune.mask.SparsityReport.Row;

final class PrunerTest {
  private static final ImmutableList<Shape> SHAPES =
      ImmutableList.of(Shape.of(7, 11), Shape.of(3, 3, 4, 5), Shape.of(1, 1));

  private final Random random = new Random(31);
  private final List<Weight> weights = new ArrayList<>();
  private final List<Placeholder<TFloat32>> updates = new ArrayList<>();
  private final List<Operand<TFloat32>> values = new ArrayList<>();
  private final List<Operand<TFloat32>> masks = new ArrayList<>();
  private GraphRun run;
  private Pruner pruner;

  @BeforeEach
  void open() {
    run = new GraphRun();
  }

  @AfterEach
  void close() {
    run.close();
  }

  @ParameterizedTest
  @EnumSource
  void prune_randomTensorsWithTies_equalsTheReference(Kind kind) {
    build(kind);
    for (int sequence = 0; sequence < 12; sequence++) {
      int magnitudes = List.of(1, 2, 3, 6, 1000).get(sequence % 5);
      List<Mask> reference = restart();
      double sparsity = 0;
      for (int round = 0; round < 4; round++) {
        sparsity += (1 - sparsity) * random.nextDouble() * 0.6;
        List<float[]> update = drawAll(magnitudes);
        assertThat(prune(sparsity, update).values()).containsOnly(0L);
        for (int i = 0; i < SHAPES.size(); i++) {
          reference.set(i, MagnitudeMasks.choose(update.get(i), reference.get(i), sparsity));
        }
        assertState(update, reference);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void prune_globally_equalsTheReference(Kind kind) {
    build(kind, Allocation.GLOBAL);
    for (int sequence = 0; sequence < 10; sequence++) {
      int magnitudes = List.of(1, 2, 3, 6, 1000).get(sequence % 5);
      List<Mask> reference = restart();
      for (double sparsity : new double[] {0.3, 0.72, 0.5, 0.9, 0.9999}) {
        List<float[]> update = drawAll(magnitudes);
        assertThat(prune(sparsity, update).values()).containsOnly(0L);
        reference = MagnitudeMasks.choose(update, reference, sparsity, Allocation.GLOBAL);
        assertThat(reference.stream().mapToLong(Mask::kept).sum())
            .isEqualTo(Sparsity.kept(77 + 180 + 1, sparsity));
        assertState(update, reference);
      }
    }
  }

  @Test
  void keep_ofSparsity_isANumberPerGroup() {
    build(Kind.RESOURCE, Allocation.GLOBAL);
    assertThat(pruner.keep(0.75)).containsExactly((int) Sparsity.kept(258, 0.75));
    close();
    open();
    build(Kind.RESOURCE);
    assertThat(pruner.keep(0.75))
        .containsExactly((int) Sparsity.kept(77, 0.75), (int) Sparsity.kept(180, 0.75), 1);
  }

  @ParameterizedTest
  @EnumSource
  void prune_fallingSparsity_equalsTheReference(Kind kind) {
    build(kind);
    List<Mask> reference = restart();
    for (double sparsity : new double[] {0.8, 0.4, 0.9, 0}) {
      List<float[]> update = drawAll(5);
      prune(sparsity, update);
      for (int i = 0; i < SHAPES.size(); i++) {
        reference.set(i, MagnitudeMasks.choose(update.get(i), reference.get(i), sparsity));
      }
      assertState(update, reference);
    }
  }

  @ParameterizedTest
  @EnumSource
  void enforce_afterAnUpdate_zeroesWhatIsMasked(Kind kind) {
    build(kind);
    List<Mask> reference = restart();
    List<float[]> update = drawAll(1000);
    prune(0.7, update);
    for (int i = 0; i < SHAPES.size(); i++) {
      reference.set(i, MagnitudeMasks.choose(update.get(i), reference.get(i), 0.7));
    }
    for (int round = 0; round < 3; round++) {
      update = drawAll(1000);
      runner(update).run(pruner.enforce());
      assertState(update, reference);
    }
  }

  @ParameterizedTest
  @EnumSource
  void enforce_beforeAnyPruning_changesNothing(Kind kind) {
    build(kind);
    List<float[]> update = drawAll(1000);

    runner(update).run(pruner.enforce());

    for (int i = 0; i < SHAPES.size(); i++) {
      assertThat(run.floats(values.get(i))).isEqualTo(update.get(i));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void prune_notFinite_leavesEverythingAsItIs(float bad) {
    for (Kind kind : Kind.values()) {
      close();
      open();
      build(kind);
      List<Mask> reference = restart();
      List<float[]> update = drawAll(1000);
      prune(0.5, update);
      for (int i = 0; i < SHAPES.size(); i++) {
        reference.set(i, MagnitudeMasks.choose(update.get(i), reference.get(i), 0.5));
      }

      List<float[]> broken = drawAll(1000);
      int kept = 0;
      for (int i = 0; i < SHAPES.get(1).size() && kept < 3; i++) {
        if (reference.get(1).keeps(i)) {
          broken.get(1)[i] = bad;
          kept++;
        }
      }

      assertThat(prune(0.9, broken))
          .containsExactly(Map.entry("w0", 0L), Map.entry("w1", 3L), Map.entry("w2", 0L));
      assertState(broken, reference);
    }
  }

  @Test
  void prune_manyNotFinite_doesNotCrash() {
    build(Kind.RESOURCE);
    for (int round = 0; round < 20; round++) {
      List<float[]> update = drawAll(1000);
      int bad = 0;
      for (int i = 0; i < update.get(1).length; i++) {
        if (random.nextInt(10) < round / 2) {
          update.get(1)[i] = Float.NaN;
          bad++;
        }
      }

      assertThat(prune(0.5, update)).containsEntry("w1", (long) bad);
    }
  }

  @Test
  void prune_keepOutOfRange_failsInsteadOfCrashing() {
    build(Kind.RESOURCE);
    for (int keep : new int[] {0, 78}) {
      assertThatExceptionOfType(TFInvalidArgumentException.class)
          .isThrownBy(() -> prune(drawAll(5), new int[] {keep, 1, 1}));
    }
  }

  @Test
  void kept_afterPruning_countsWhatTheMasksKeep() {
    build(Kind.RESOURCE);
    assertThat(kept())
        .containsExactly(new Row("w0", 77, 77), new Row("w1", 180, 180), new Row("w2", 1, 1));

    prune(0.75, drawAll(2));

    assertThat(kept())
        .containsExactly(
            new Row("w0", 77, Sparsity.kept(77, 0.75)),
            new Row("w1", 180, Sparsity.kept(180, 0.75)),
            new Row("w2", 1, 1));
  }

  /** Times zero, a negative value would leave -0, and one that is not finite NaN. */
  @ParameterizedTest
  @EnumSource
  void enforce_anythingBehindAMask_isPlainZero(Kind kind) {
    build(kind);
    List<Mask> reference = restart();
    List<float[]> update = drawAll(1000);
    prune(0.7, update);
    for (int i = 0; i < SHAPES.size(); i++) {
      reference.set(i, MagnitudeMasks.choose(update.get(i), reference.get(i), 0.7));
    }
    float[] behind = {-1, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Float.NaN, -0f};
    update = drawAll(1000);
    for (int i = 0; i < SHAPES.size(); i++) {
      for (int j = 0; j < update.get(i).length; j++) {
        if (!reference.get(i).keeps(j)) {
          update.get(i)[j] = behind[j % behind.length];
        }
      }
    }

    runner(update).run(pruner.enforce());

    assertState(update, reference);
  }

  @Test
  void masks_anyWeights_haveTheirShapesAndOwnNames() {
    build(Kind.REFERENCE);

    assertThat(pruner.weights()).isEqualTo(weights);
    assertThat(pruner.masks()).extracting(Weight::shape).isEqualTo(SHAPES);
    assertThat(pruner.masks()).extracting(Weight::name).doesNotHaveDuplicates();
  }

  @Test
  void build_noWeight_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Pruner.build(run.tf(), List.of(), run.tf().noOp(), Allocation.PER_TENSOR))
        .withMessage("a pruner must have at least one weight");
  }

  @Test
  void build_weightTooLarge_isRefused() {
    Weight large =
        Weight.of(
            run.tf()
                .varHandleOp(
                    TFloat32.class, Shape.of(1L << 16, 1L << 15), VarHandleOp.sharedName("large")));

    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Pruner.build(run.tf(), List.of(large), run.tf().noOp(), Allocation.PER_TENSOR))
        .withMessage(
            "weights that are ranked together must have less than 2^31 values, got 2147483648 in"
                + " ['large']");
  }

  @Test
  void build_weightsTooLargeTogether_isRefused() {
    List<Weight> halves =
        List.of("a", "b").stream()
            .map(
                name ->
                    Weight.of(
                        run.tf()
                            .varHandleOp(
                                TFloat32.class,
                                Shape.of(1L << 15, 1L << 15),
                                VarHandleOp.sharedName(name))))
            .toList();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Pruner.build(run.tf(), halves, run.tf().noOp(), Allocation.GLOBAL))
        .withMessageContaining("less than 2^31 values, got 2147483648 in ['a', 'b']");
  }

  @Test
  void build_anyGraph_pinsNoOperationItself() {
    build(Kind.RESOURCE);

    run.graph().operations().forEachRemaining(op -> assertThat(op.device()).isEmpty());
  }

  @Test
  void build_inAScopeWithDevice_runsWhereItSays() {
    try (GraphRun two = TwoDevices.graph()) {
      Operand<TFloat32> start = two.constant(Shape.of(4, 5), draw(20, 1000));
      var there = TwoDevices.second(two.tf());
      var handle = there.varHandleOp(TFloat32.class, Shape.of(4, 5), VarHandleOp.sharedName("w"));
      Op update = there.assignVariableOp(handle, there.identity(start));
      Pruner placed =
          Pruner.build(there, List.of(Weight.of(handle)), update, Allocation.PER_TENSOR);

      try (TInt32 keep = TInt32.vectorOf(5)) {
        Map<String, String> devices =
            TwoDevices.placement(
                two, two.session().runner().feed(placed.keep(), keep).fetch(placed.prune()));
        devices.remove(start.op().name());
        assertThat(devices.values()).isNotEmpty().allMatch(TwoDevices::isSecond);
      }
    }
  }

  @Test
  void build_weightOnADevice_followsIt() {
    try (GraphRun two = TwoDevices.graph()) {
      Operand<TFloat32> start = two.constant(Shape.of(4, 5), draw(20, 1000));
      var there = TwoDevices.second(two.tf());
      var handle = there.varHandleOp(TFloat32.class, Shape.of(4, 5), VarHandleOp.sharedName("w"));
      Op update = there.assignVariableOp(handle, there.identity(start));
      Pruner placed =
          Pruner.build(two.tf(), List.of(Weight.of(handle)), update, Allocation.PER_TENSOR);

      try (TInt32 keep = TInt32.vectorOf(5)) {
        Map<String, String> devices =
            TwoDevices.placement(
                two, two.session().runner().feed(placed.keep(), keep).fetch(placed.prune()));
        Predicate<String> large =
            Pattern.compile("Abs|NthElement|Cumsum|Select|IsFinite|ReadVariableOp").asPredicate();
        devices.keySet().removeIf(name -> !large.test(name));
        assertThat(devices).hasSizeGreaterThan(5);
        assertThat(devices.values()).allMatch(TwoDevices::isSecond);
      }
    }
  }

  @Test
  void build_weightWithMask_isRefused() {
    build(Kind.RESOURCE);
    Op update = run.tf().noOp();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Pruner.build(run.tf(), weights.subList(0, 1), update, Allocation.PER_TENSOR))
        .withMessage("weight 'w0' has a mask already");
  }

  private void build(Kind kind) {
    build(kind, Allocation.PER_TENSOR);
  }

  private void build(Kind kind, Allocation allocation) {
    weights.clear();
    updates.clear();
    values.clear();
    masks.clear();
    List<Op> assigned = new ArrayList<>();
    for (int i = 0; i < SHAPES.size(); i++) {
      Shape shape = SHAPES.get(i);
      float[] zeros = new float[(int) shape.size()];
      Weight weight =
          kind == Kind.REFERENCE
              ? Weight.of(run.reference("w" + i, shape, zeros))
              : Weight.of(run.resource("w" + i, shape, zeros));
      Placeholder<TFloat32> update = run.tf().placeholder(TFloat32.class, Placeholder.shape(shape));
      weights.add(weight);
      updates.add(update);
      assigned.add(weight.assign(run.tf(), update));
      values.add(weight.read(run.tf()));
    }
    Op update = run.tf().withControlDependencies(assigned).noOp();
    pruner = Pruner.build(run.tf(), weights, update, allocation);
    pruner.masks().forEach(mask -> masks.add(mask.read(run.tf())));
  }

  /* A sequence begins with masks that keep everything. */
  private List<Mask> restart() {
    prune(0, drawAll(1000));
    List<Mask> all = new ArrayList<>();
    SHAPES.forEach(shape -> all.add(Mask.all((int) shape.size())));
    return all;
  }

  private ImmutableMap<String, Long> prune(double sparsity, List<float[]> update) {
    return prune(update, pruner.keep(sparsity));
  }

  private ImmutableMap<String, Long> prune(List<float[]> update, int[] keep) {
    try (TInt32 fed = TInt32.vectorOf(keep)) {
      return runner(update).feed(pruner.keep(), fed).read(pruner.prune());
    }
  }

  private List<Row> kept() {
    try (Result result = run.session().runner().fetch(pruner.kept()).run()) {
      return pruner.kept().read(result).rows();
    }
  }

  private FedRunner runner(List<float[]> update) {
    return new FedRunner(run.session().runner(), updates, update);
  }

  private void assertState(List<float[]> update, List<Mask> expected) {
    for (int i = 0; i < SHAPES.size(); i++) {
      float[] value = run.floats(values.get(i));
      float[] mask = run.floats(masks.get(i));
      for (int j = 0; j < value.length; j++) {
        if (expected.get(i).keeps(j)) {
          assertThat(mask[j]).isEqualTo(1);
          assertThat(Float.floatToRawIntBits(value[j]))
              .isEqualTo(Float.floatToRawIntBits(update.get(i)[j]));
        } else {
          assertThat(mask[j]).isEqualTo(0);
          assertThat(Float.floatToRawIntBits(value[j])).isZero(); // nor -0
        }
      }
    }
  }

  private List<float[]> drawAll(int magnitudes) {
    return SHAPES.stream().map(shape -> draw((int) shape.size(), magnitudes)).toList();
  }

  /* With one magnitude: only zeros, of both signs. */
  private float[] draw(int size, int magnitudes) {
    float[] drawn = new float[size];
    for (int i = 0; i < size; i++) {
      drawn[i] = (random.nextBoolean() ? 1 : -1) * (random.nextInt(magnitudes) / 8f);
    }
    return drawn;
  }

  /** A run that feeds the new values of all weights. */
  private static final class FedRunner {
    private final Session.Runner runner;
    private final List<TFloat32> tensors = new ArrayList<>();

    FedRunner(Session.Runner runner, List<Placeholder<TFloat32>> updates, List<float[]> with) {
      this.runner = runner;
      for (int i = 0; i < updates.size(); i++) {
        tensors.add(GraphRun.tensor(SHAPES.get(i), with.get(i)));
        runner.feed(updates.get(i), tensors.get(i));
      }
    }

    FedRunner feed(Operand<?> placeholder, TInt32 tensor) {
      runner.feed(placeholder, tensor);
      return this;
    }

    <V> V read(Readout<V> output) {
      try (Result result = runner.fetch(output).run()) {
        return output.read(result);
      } finally {
        tensors.forEach(TFloat32::close);
      }
    }

    void run(Operand<?> output) {
      try (Result result = runner.fetch(output).run()) {
        assertThat(result.size()).isEqualTo(1);
      } finally {
        tensors.forEach(TFloat32::close);
      }
    }
  }
}
