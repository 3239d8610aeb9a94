package org.tfemergence.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tfemergence.emergence.activity.UnitActivity;
import org.tfemergence.emergence.graph.ConnectivitySweep;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.UnitFlags;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.layer.Dropout;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.testing.TransformerRun;
import org.tfemergence.models.text.Transformer.Norm;
import org.tfemergence.models.text.Transformer.Output;
import org.tfemergence.models.variable.Variable;

final class TransformerTest {
  private static final Transformer TINY = Transformer.tiny(11, 13);

  /** The number of fairseq's transformer_iwslt_de_en with these dictionaries. */
  @Test
  void of_moreThanAnArrayHolds_isRefused() {
    int most = Integer.MAX_VALUE;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Transformer.of(most, 20, 16, 1, 8, 2, 8))
        .withMessage(
            "layer 'encoder/embedding/table': expected less than 2^31 values, got [2147483647, 8]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Transformer.of(20, most, 16, 1, 8, 2, 8))
        .withMessageContaining("layer 'decoder/embedding/table'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Transformer.tiny(20, 20).withPositions(most))
        .withMessageContaining("layer 'encoder/embedding'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Transformer.of(20, 20, 16, 1, 1 << 16, 2, 1 << 16))
        .withMessageContainingAll("less than 2^31 values, got [65536, 65536]");
  }

  @Test
  void iwslt_hasFairseqsParameters() {
    Transformer iwslt = Transformer.iwslt(8_848, 6_632);

    assertThat(iwslt.network().parameters()).isEqualTo(39_469_056);
    assertThat(iwslt.dropout()).isEqualTo(0.3);
    // A final normalization of encoder and decoder each; the projection of its own.
    assertThat(iwslt.withNorm(Norm.PRE).network().parameters()).isEqualTo(39_469_056 + 2 * 1_024);
    assertThat(iwslt.withOutput(Output.OWN).network().parameters())
        .isEqualTo(39_469_056 + 6_632 * 512);
  }

  /**
   * Of blocks {@code 4 w (w + 1) + 2 w f + f + w + 4 w} and {@code 8 w (w + 1) + 2 w f + f + w + 6
   * w}, and two tables.
   */
  @Test
  void smallAndTiny_haveTheirParameters() {
    assertThat(Transformer.small(8_000, 8_000).network().parameters()).isEqualTo(8_049_664);
    assertThat(Transformer.tiny(11, 13).network().parameters()).isEqualTo(11_520);
  }

  @ParameterizedTest
  @EnumSource
  void build_makesTheNetworksParameters(Norm norm) {
    for (Output output : Output.values()) {
      Transformer model = TINY.withNorm(norm).withOutput(output);
      try (TransformerRun run = new TransformerRun(model, 1)) {
        assertThat(run.variables.trainable().stream().mapToLong(v -> v.shape().size()).sum())
            .isEqualTo(model.network().parameters());
        assertThat(run.built.kernels().keySet())
            .containsAll(
                model.kernels().stream().map(k -> k.name().replace("/kernel", "")).toList())
            .contains("logits", "encoder/embedding", "decoder/embedding")
            .hasSize(model.kernels().size() + 3);
      }
    }
  }

  /** Encoder, then decoder; what lies side by side shares a rank, also keys of the source. */
  @ParameterizedTest
  @EnumSource
  void kernels_rankByDepth(Norm norm) {
    Map<String, Integer> ranks = new LinkedHashMap<>();
    for (Kernel kernel : TINY.withNorm(norm).kernels()) {
      ranks.put(kernel.name().replace("/kernel", ""), kernel.rank());
      boolean gained = kernel.name().matches(".*/(queries|keys|values)/kernel");
      assertThat(kernel.gain()).isEqualTo(gained ? 1 / Math.sqrt(2) : 1);
    }
    Map<String, Integer> expected = new HashMap<>();
    for (int block = 0; block < 2; block++) {
      String encoder = "encoder_" + (block + 1);
      String decoder = "decoder_" + (block + 1);
      for (String part : List.of("queries", "keys", "values")) {
        expected.put(encoder + "/attention/" + part, 4 * block + 1);
        expected.put(decoder + "/self/" + part, 8 + 6 * block + 1);
        expected.put(decoder + "/cross/" + part, 8 + 6 * block + 3);
      }
      expected.put(encoder + "/attention/projection", 4 * block + 2);
      expected.put(encoder + "/feed_forward/inner", 4 * block + 3);
      expected.put(encoder + "/feed_forward/outer", 4 * block + 4);
      expected.put(decoder + "/self/projection", 8 + 6 * block + 2);
      expected.put(decoder + "/cross/projection", 8 + 6 * block + 4);
      expected.put(decoder + "/feed_forward/inner", 8 + 6 * block + 5);
      expected.put(decoder + "/feed_forward/outer", 8 + 6 * block + 6);
    }
    assertThat(ranks).containsExactlyInAnyOrderEntriesOf(expected);
  }

  /* Fewer positions than the network has, known before it runs: the taps are whole all the same. */
  @Test
  void call_fewerPositionsInAKnownShape_tapsAreThoseOfAnUnknownShape() {
    int[][] source = {{5, 9, 3, 1}, {4, 1}};
    int[][] target = {{1, 4, 12}, {1, 7}};
    try (TransformerRun run = new TransformerRun(TINY, 1);
        TInt32 sourceIds = TransformerRun.ids(source);
        TInt32 targetIds = TransformerRun.ids(target)) {
      Ops tf = run.run.tf();
      Model.Head known =
          run.built.call(
              Pass.inference(tf.withSubScope("known")),
              List.of(Value.of(tf.constantOf(sourceIds)), Value.of(tf.constantOf(targetIds))));
      List<Operand<TFloat32>> values = new ArrayList<>();
      for (int i = 0; i < known.taps().size(); i++) {
        for (Tap tap : List.of(known.taps().get(i), run.head.taps().get(i))) {
          assertThat(tap.unitShape().get(0)).isEqualTo(TINY.positions());
          values.add(tap.activations());
          values.add(tf.dtypes.cast(tap.mask().orElseThrow(), TFloat32.class));
        }
      }
      List<float[]> found = run.floats(values, source, target);
      for (int i = 0; i < found.size(); i += 4) {
        assertThat(found.get(i)).containsExactly(found.get(i + 2), within(1e-5f));
        assertThat(found.get(i + 1)).containsExactly(found.get(i + 3));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void call_laterToken_leavesEarlierLogitsUnchanged(Norm norm) {
    int[][] source = {{5, 9, 3, 1}};
    int[][] target = {{1, 4, 12, 2, 7, 8}};
    try (TransformerRun run = new TransformerRun(TINY.withNorm(norm), 1)) {
      run.run.run(run.shaken(0.3, 2));
      float[] logits = run.logits(source, target);
      for (int position = 1; position < 6; position++) {
        int[][] changed = {target[0].clone()};
        changed[0][position] = 9;
        float[] other = run.logits(source, changed);

        int same = position * 13;
        assertThat(Arrays.copyOf(other, same)).isEqualTo(Arrays.copyOf(logits, same));
        assertThat(Arrays.copyOfRange(other, same, same + 13))
            .isNotEqualTo(Arrays.copyOfRange(logits, same, same + 13));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void call_morePadding_leavesLogitsOfRealPositionsUnchanged(Norm norm) {
    int[] source = {5, 9, 3, 1};
    int[] target = {1, 4, 12, 2};
    try (TransformerRun run = new TransformerRun(TINY.withNorm(norm), 1)) {
      run.run.run(run.shaken(0.3, 2));
      double[] alone = doubles(run.logits(new int[][] {source}, new int[][] {target}));
      float[] padded =
          run.logits(
              new int[][] {source, {3, 4, 5, 6, 7, 8, 9, 1}},
              new int[][] {target, {1, 3, 4, 5, 6, 7, 8, 9, 10}});

      // Of 4, the greatest logit, a millionth: as much as by the number of sentences alone, in
      // whose order sums are taken otherwise.
      assertThat(doubles(Arrays.copyOf(padded, 4 * 13))).containsExactly(alone, within(4e-6));
    }
  }

  /** Taps have the greatest number of positions; what is padding is masked. */
  @Test
  void call_taps_tellWhatIsReal() {
    try (TransformerRun run = new TransformerRun(TINY, 1)) {
      int[][] source = {{5, 9, 3, 1}, {5, 1}};
      int[][] target = {{1, 4}, {1, 4, 5}};
      Ops tf = run.run.tf();
      Map<String, Operand<TFloat32>> masks = new HashMap<>();
      for (Tap tap : run.head.taps()) {
        masks.put(
            tap.layer(),
            tf.dtypes.cast(tap.mask().orElseThrow(), TFloat32.class)); // [batch, positions]
      }

      assertThat(run.head.taps().stream().map(Tap::layer).toList())
          .isEqualTo(TINY.network().layers().stream().map(Layer::name).toList())
          .hasSize(2 + 2 * 6 + 2 * 10 + 1);
      masks.forEach(
          (layer, mask) -> {
            boolean ofSource =
                layer.startsWith("encoder") || layer.matches("decoder_./cross/(keys|values)");
            int[][] ids = ofSource ? source : target;
            float[] expected = new float[2 * 16];
            for (int i = 0; i < 2; i++) {
              Arrays.fill(expected, i * 16, i * 16 + ids[i].length, 1);
            }
            assertThat(run.floats(mask, source, target)).as(layer).isEqualTo(expected);
          });
    }
  }

  @ParameterizedTest
  @EnumSource
  void network_exactEmergence_isTheSweepOnTheDevice(ExactEmergence.Passing passing) {
    Transformer model = Transformer.of(5, 6, 3, 2, 4, 2, 5);
    Network network = model.network();
    Random random = new Random(3);
    for (int round = 0; round < 3; round++) {
      Map<String, BitSet> active = new HashMap<>();
      try (GraphRun run = new GraphRun()) {
        Map<String, UnitFlags> onDevice = new HashMap<>();
        for (Layer layer : network.layers()) {
          boolean[] units = new boolean[(int) layer.units()];
          BitSet bits = new BitSet();
          for (int i = 0; i < units.length; i++) {
            units[i] = random.nextBoolean();
            bits.set(i, units[i]);
          }
          active.put(layer.name(), bits);
          Operand<TInt32> shape =
              run.tf().constant(new int[] {layer.shape().get(0).intValue(), -1});
          onDevice.put(
              layer.name(), new UnitFlags(run.tf().reshape(run.tf().constant(units), shape)));
        }
        UnitActivity activity = activity(network, active);
        double expected =
            new ExactEmergence(passing)
                .measure(network, activity, ExactEmergence.Connections.ALL)
                .log10();
        double[] found =
            run.doubles(
                ConnectivitySweep.build(run.tf(), network, passing, onDevice, ImmutableTable.of()));

        assertThat(found[0]).isCloseTo(expected, within(1e-12 * Math.abs(expected)));
      }
    }
  }

  /** Descends from ln(13) per token to near zero, with dropout off and our own Adam. */
  @ParameterizedTest
  @EnumSource
  void train_oneBatch_isLearntByHeart_andPaddingStaysZero(Norm norm) {
    int[][] sources = TransformerRun.sentences(4, 11, 2, 8, 5);
    int[][] sequences = TransformerRun.sentences(4, 13, 2, 8, 6);
    int[][] targets = new int[4][];
    for (int i = 0; i < 4; i++) {
      targets[i] = new int[sequences[i].length];
      targets[i][0] = SpecialTokens.END;
      System.arraycopy(sequences[i], 0, targets[i], 1, sequences[i].length - 1);
    }
    try (TransformerRun run = new TransformerRun(TINY.withNorm(norm), 1)) {
      Ops tf = run.run.tf();
      Placeholder<TInt32> labels =
          tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
      Operand<TFloat32> trained = training(run, "train", 1, 1);
      Operand<TFloat32> loss = loss(tf, trained, labels);
      List<Gradient> gradients =
          Gradient.of(run.run.graph(), withDecay(tf, loss, run), run.variables.trainable());
      Op update = new Adam().update(tf, run.variables, gradients, tf.constant(0.01f));
      float first = step(run, labels, loss, update, sources, targets, sequences);
      float last = first;
      for (int i = 0; i < 250; i++) {
        last = step(run, labels, loss, update, sources, targets, sequences);
      }

      assertThat(first).isGreaterThan(1);
      assertThat(last).isLessThan(0.02f);
      // With nothing to drop, both heads say the same.
      assertThat(run.floats(trained, sources, targets)).isEqualTo(run.logits(sources, targets));
      for (String side : List.of("encoder", "decoder")) {
        float[] table =
            run.run.floats(run.variables.get(side + "/embedding/table").read(run.run.tf()));
        assertThat(Arrays.copyOf(table, 16)).containsOnly(0);
        assertThat(Arrays.copyOfRange(table, 16, 32)).doesNotContain(0);
      }
    }
  }

  @Test
  void call_training_dropsAnewInEachStep_bySeed() {
    Transformer model = TINY.withDropout(0.3);
    int[][] source = {{5, 9, 3, 1}};
    int[][] target = {{1, 4, 12, 2}};
    try (TransformerRun run = new TransformerRun(model, 1);
        TransformerRun plain = new TransformerRun(TINY, 1)) {
      Operand<TFloat32> one = training(run, "one", 7, 1);
      Operand<TFloat32> again = training(run, "again", 7, 1);
      Operand<TFloat32> next = training(run, "next", 7, 2);
      Operand<TFloat32> other = training(run, "other", 8, 1);
      float[] dropped = run.floats(one, source, target);

      assertThat(run.floats(again, source, target)).isEqualTo(dropped);
      assertThat(run.floats(next, source, target)).isNotEqualTo(dropped);
      assertThat(run.floats(other, source, target)).isNotEqualTo(dropped);
      assertThat(run.logits(source, target)).isEqualTo(plain.logits(source, target));
    }
  }

  /** Behind both embeddings and all sublayers, two of a block of the encoder, three of another. */
  @Test
  void withDropout_dropsBehindEmbeddingsAndSublayers() {
    assertThat(
            TINY.withDropout(0.25).blueprint().layers().keySet().stream()
                .filter(Dropout.class::isInstance)
                .map(Dropout.class::cast))
        .hasSize(2 + 2 * 2 + 2 * 3)
        .allMatch(dropout -> dropout.rate() == 0.25);
    assertThat(TINY.blueprint().layers().keySet()).noneMatch(Dropout.class::isInstance);
  }

  @Test
  void withAttentionDropout_dropsInTraining_inEveryAttention() {
    Transformer model = TINY.withAttentionDropout(0.3);
    int[][] source = {{5, 9, 3, 1}};
    int[][] target = {{1, 4, 12, 2}};
    try (TransformerRun run = new TransformerRun(model, 1)) {
      Operand<TFloat32> one = training(run, "one", 7, 1);
      Operand<TFloat32> next = training(run, "next", 7, 2);
      List<String> draws =
          run.run.graph().toGraphDef().getNodeList().stream()
              .filter(node -> node.getOp().startsWith("StatelessRandomUniform"))
              .map(NodeDef::getName)
              .toList();
      assertThat(draws.stream().filter(name -> name.startsWith("one/"))).hasSize(2 + 2 * 2);
      assertThat(draws.stream().filter(name -> name.startsWith("infer/"))).isEmpty();
      assertThat(run.floats(one, source, target))
          .isNotEqualTo(run.floats(next, source, target))
          .isNotEqualTo(run.logits(source, target));
    }
  }

  @Test
  void transformer_outOfRange_isRefusedWithItsValue() {
    assertRefused(() -> Transformer.tiny(3, 13), "sourceVocabulary must be more than the 3", "3");
    assertRefused(() -> Transformer.tiny(11, 0), "targetVocabulary must be more than the 3", "0");
    assertRefused(() -> TINY.withPositions(0), "positions must be at least 1", "0");
    assertRefused(() -> TINY.withDropout(1), "dropout must be in [0, 1)", "1.0");
    assertRefused(() -> TINY.withDropout(-0.1), "dropout must be in [0, 1)", "-0.1");
    assertRefused(() -> TINY.withDropout(Double.NaN), "dropout must be in [0, 1)", "NaN");
    assertRefused(() -> TINY.withAttentionDropout(1), "attentionDropout must be in [0, 1)", "1.0");
    assertRefused(
        () -> Transformer.of(9, 9, 9, 1, 10, 3, 9), "heads must divide the width 10", "3");
    assertRefused(() -> Transformer.of(9, 9, 9, 1, 9, 3, 9), "width must be even", "9");
    assertRefused(() -> Transformer.of(9, 9, 9, 0, 8, 2, 9), "layers must be at least 1", "0");
    assertRefused(() -> Transformer.of(9, 9, 9, 1, 8, 0, 9), "heads must be at least 1", "0");
    assertRefused(() -> new EncoderBlock(1, 0), "feedForward must be at least 1", "0");
    assertRefused(() -> new DecoderBlock(1, 0, 1), "crossHeads must be at least 1", "0");
    assertRefused(
        () ->
            new Transformer(
                9,
                9,
                9,
                8,
                2,
                ImmutableList.of(),
                ImmutableList.of(new DecoderBlock(1, 1, 1)),
                0,
                0,
                Norm.POST,
                Output.TIED),
        "at least one block",
        "0 and 1");
  }

  @Test
  void require_badTokens_areRefusedByPlace() {
    TINY.requireSource(10, 1);
    TINY.requireTarget(1, 12);
    assertRefused(() -> TINY.requireSource(2, 11), "source token 1 must be in [1, 11)", "11");
    assertRefused(() -> TINY.requireTarget(13), "target token 0 must be in [1, 13)", "13");
    assertRefused(() -> TINY.requireTarget(-1), "target token 0 must be in [1, 13)", "-1");
    assertRefused(() -> TINY.requireTarget(new int[17]), "target must have 1 to 16", "17");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void withPositions_keepsVariables(int positions) {
    assertThat(TINY.withPositions(positions).network().parameters())
        .isEqualTo(TINY.network().parameters());
    assertThat(TINY.withPositions(positions)).isNotEqualTo(TINY);
  }

  private static void assertRefused(Runnable call, String expectation, String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(call::run)
        .withMessageContaining(expectation)
        .withMessageEndingWith("got " + value);
  }

  private static UnitActivity activity(Network network, Map<String, BitSet> active) {
    Map<String, Integer> units = new HashMap<>();
    network.layers().forEach(layer -> units.put(layer.name(), (int) layer.units()));
    return UnitActivity.of(units, active, 1);
  }

  private static Operand<TFloat32> training(
      TransformerRun run, String scope, long seed, long step) {
    Ops tf = run.run.tf().withSubScope(scope);
    Operand<TInt64> number = tf.constant(step);
    Model.Head head = run.built.call(Pass.training(tf, seed, number), run.inputs());
    return head.logits();
  }

  /** The mean cross entropy of the real tokens. */
  private static Operand<TFloat32> loss(Ops tf, Operand<TFloat32> logits, Operand<TInt32> labels) {
    Operand<TInt32> flat = tf.reshape(labels, tf.constant(new int[] {-1}));
    Operand<TFloat32> losses =
        tf.nn
            .softmaxCrossEntropyWithLogits(
                tf.reshape(logits, tf.constant(new int[] {-1, 13})),
                tf.oneHot(flat, tf.constant(13), tf.constant(1f), tf.constant(0f)))
            .loss();
    Operand<TFloat32> real = tf.dtypes.cast(tf.math.notEqual(flat, tf.constant(0)), TFloat32.class);
    return tf.math.div(
        tf.reduceSum(tf.math.mul(losses, real), tf.constant(0)),
        tf.reduceSum(real, tf.constant(0)));
  }

  private static Operand<TFloat32> withDecay(Ops tf, Operand<TFloat32> loss, TransformerRun run) {
    Operand<TFloat32> sum = loss;
    for (Variable variable : run.variables.trainable()) {
      sum = tf.math.add(sum, tf.math.mul(tf.nn.l2Loss(variable.read(tf)), tf.constant(1e-6f)));
    }
    return sum;
  }

  private static float step(
      TransformerRun run,
      Placeholder<TInt32> labels,
      Operand<TFloat32> loss,
      Op update,
      int[][] sources,
      int[][] targets,
      int[][] sequences) {
    try (TInt32 x = TransformerRun.ids(sources);
        TInt32 y = TransformerRun.ids(targets);
        TInt32 z = TransformerRun.ids(sequences);
        Result result =
            run.run
                .session()
                .runner()
                .feed(run.source, x)
                .feed(run.target, y)
                .feed(labels, z)
                .fetch(loss)
                .addTarget(update)
                .run()) {
      return ((TFloat32) result.get(0)).getFloat();
    }
  }
}
