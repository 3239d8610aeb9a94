package org.tfemergence.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TBool;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.models.testing.TransformerRun;
import org.tfemergence.models.text.Transformer.Norm;

final class DecoderTest {
  private static final int END = SpecialTokens.END;

  /** A network with random weights, its decoder, and what the full forward pass says. */
  private static final class Program implements AutoCloseable {
    final TransformerRun transformer;
    final Decoder decoder;

    Program(Transformer model, long seed) {
      transformer = new TransformerRun(model, seed);
      decoder = Decoder.build(transformer.run.tf(), model, transformer.built);
      transformer.run.run(transformer.shaken(0.3, seed));
    }

    ImmutableList<ImmutableList<Hypothesis>> decode(BeamSearch search, int[]... sources) {
      return decoder.decode(transformer.run.session(), Arrays.asList(sources), search);
    }

    /** Log probabilities of the token behind some, by the forward pass over all positions. */
    double[] next(int[] source, ImmutableIntArray tokens) {
      int[] target = new int[tokens.length() + 1];
      target[0] = END;
      for (int i = 0; i < tokens.length(); i++) {
        target[i + 1] = tokens.get(i);
      }
      float[] logits = transformer.logits(new int[][] {source}, new int[][] {target});
      int vocabulary = transformer.model.targetVocabulary();
      double[] last = new double[vocabulary];
      double sum = 0;
      for (int i = 0; i < vocabulary; i++) {
        last[i] = logits[logits.length - vocabulary + i];
        sum += Math.exp(last[i]);
      }
      for (int i = 0; i < vocabulary; i++) {
        last[i] -= Math.log(sum);
      }
      return last;
    }

    @Override
    public void close() {
      transformer.close();
    }
  }

  private static final Transformer TINY = Transformer.tiny(11, 13);

  @ParameterizedTest
  @EnumSource
  void greedy_isArgmaxOfFullForwardPass(Norm norm) {
    try (Program program = new Program(TINY.withNorm(norm), 1)) {
      for (int[] source : TransformerRun.sentences(6, 11, 1, 9, 2)) {
        Hypothesis found =
            Iterables.getOnlyElement(
                Iterables.getOnlyElement(
                    program.decode(BeamSearch.greedy().withLength(0, 10), source)));

        ImmutableIntArray tokens = ImmutableIntArray.of();
        double sum = 0;
        for (int length = 0; ; length++) {
          double[] next = program.next(source, tokens);
          int best = length == 10 ? END : argmax(next, length < 1);
          sum += next[best];
          if (best == END) {
            break;
          }
          tokens = ImmutableIntArray.builder().addAll(tokens).add(best).build();
        }
        assertThat(found.tokens()).isEqualTo(tokens);
        assertThat(found.score()).isCloseTo(sum / (tokens.length() + 1), within(1e-5));
      }
    }
  }

  /** With room for all beginnings, nothing is dropped, and the best of all sequences comes out. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 1, 1.7})
  void beam_wide_isExhaustiveSearch(double lengthPenalty) {
    Transformer model = Transformer.of(6, 5, 8, 1, 8, 2, 8);
    BeamSearch search = new BeamSearch(64, lengthPenalty, 1, 0, 3);
    try (Program program = new Program(model, 3)) {
      for (int[] source : TransformerRun.sentences(3, 6, 2, 5, 4)) {
        List<Hypothesis> all = new ArrayList<>();
        enumerate(program, source, search, ImmutableIntArray.of(), 0, all);
        all.sort(Comparator.comparingDouble(Hypothesis::score).reversed());

        List<Hypothesis> found = Iterables.getOnlyElement(program.decode(search, source));

        assertThat(all).hasSize(3 + 9 + 27);
        assertThat(found).extracting(Hypothesis::tokens).isEqualTo(tokens(all));
        for (int i = 0; i < all.size(); i++) {
          assertThat(found.get(i).score()).isCloseTo(all.get(i).score(), within(1e-5));
        }
      }
    }
  }

  @Test
  void beam_narrow_isPlainJavasSearch() {
    BeamSearch search = BeamSearch.of(3).withLength(1, 2);
    try (Program program = new Program(TINY, 5)) {
      for (int[] source : TransformerRun.sentences(5, 11, 1, 7, 6)) {
        List<Hypothesis> expected = search(program, source, search);

        List<Hypothesis> found = Iterables.getOnlyElement(program.decode(search, source));

        assertThat(found).extracting(Hypothesis::tokens).isEqualTo(tokens(expected));
        assertThat(found)
            .extracting(Hypothesis::score)
            .usingElementComparator(Comparator.comparingDouble(score -> Math.rint(score * 1e4)))
            .isEqualTo(expected.stream().map(Hypothesis::score).toList());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void batch_isOneByOne(int beam) {
    BeamSearch search = BeamSearch.of(beam).withLength(1, 3);
    int[][] sources = TransformerRun.sentences(9, 11, 1, 12, 7);
    try (Program program = new Program(TINY, 8)) {
      List<ImmutableList<Hypothesis>> together = program.decode(search, sources);

      assertThat(together).hasSize(9);
      assertThat(together.stream().map(found -> found.get(0).tokens().length()).distinct())
          .hasSizeGreaterThan(2); // so that some drop out before others
      for (int i = 0; i < sources.length; i++) {
        List<Hypothesis> alone = program.decode(search, sources[i]).get(0);
        assertThat(tokens(together.get(i))).isEqualTo(tokens(alone));
        assertThat(together.get(i).get(0).score()).isCloseTo(alone.get(0).score(), within(1e-5));
      }
    }
  }

  @Test
  void decode_blocksOfDifferentSizes_isArgmaxOfFullForwardPass() {
    Transformer model =
        new Transformer(
            11,
            13,
            16,
            12,
            5,
            ImmutableList.of(new EncoderBlock(3, 7)),
            ImmutableList.of(new DecoderBlock(1, 2, 9), new DecoderBlock(2, 3, 4)),
            0,
            0,
            Norm.POST,
            Transformer.Output.OWN);
    try (Program program = new Program(model, 9)) {
      int[] source = {5, 4, 3, END};
      Hypothesis found = program.decode(BeamSearch.greedy().withLength(0, 6), source).get(0).get(0);

      ImmutableIntArray tokens = ImmutableIntArray.of();
      double sum = 0;
      for (int i = 0; i < found.tokens().length(); i++) {
        double[] next = program.next(source, tokens);
        assertThat(found.tokens().get(i)).isEqualTo(argmax(next, i < 1));
        sum += next[found.tokens().get(i)];
        tokens = found.tokens().subArray(0, i + 1);
      }
      double[] last = program.next(source, tokens);
      assertThat(tokens.length() == 6 ? END : argmax(last, false)).isEqualTo(END);
      assertThat(found.score()).isCloseTo((sum + last[END]) / (tokens.length() + 1), within(1e-5));
    }
  }

  /** Long enough for entries to be dropped, many times; the forward pass knows of none. */
  @Test
  void decode_long_isPlainJavasSearch() {
    Transformer model = TINY.withPositions(64);
    BeamSearch search = new BeamSearch(3, 1, 50, 0, 60);
    try (Program program = new Program(model, 12)) {
      int[] source = {5, 4, 3, END};
      List<Hypothesis> expected = search(program, source, search);

      List<Hypothesis> found = program.decode(search, source).get(0);

      assertThat(found).extracting(Hypothesis::tokens).isEqualTo(tokens(expected));
      assertThat(found.get(0).score()).isCloseTo(expected.get(0).score(), within(1e-5));
    }
  }

  /** What is decoded is multiplied as it lies there: a step makes no copy of it. */
  @Test
  void step_readsTheCacheForProductsAlone() {
    try (Program program = new Program(TINY, 13)) {
      Map<String, NodeDef> nodes = new HashMap<>();
      for (NodeDef node : program.transformer.run.graph().toGraphDef().getNodeList()) {
        nodes.put(node.getName(), node);
      }
      List<String> users = new ArrayList<>();
      for (NodeDef node : nodes.values()) {
        for (String input : node.getInputList()) {
          NodeDef read = nodes.get(input);
          if (read != null
              && read.getOp().equals("ReadVariableOp")
              && read.getName().startsWith("decoding/step")
              && read.getInput(0).matches("decoding/variables/.*\\.self\\..*")) {
            users.add(node.getOp());
          }
        }
      }
      assertThat(users).hasSize(2 * 2).allMatch(op -> op.startsWith("BatchMatMul"));
    }
  }

  @Test
  void decode_done_leavesNothingOnTheDevice() {
    try (TransformerRun run = new TransformerRun(TINY, 14)) {
      Ops tf = run.run.tf();
      Decoder decoder = Decoder.build(tf, TINY, run.built);
      Decoder.build(tf, TINY, run.built);
      List<Operand<TBool>> there = new ArrayList<>();
      Set<String> names = new HashSet<>();
      run.run
          .graph()
          .operations()
          .forEachRemaining(
              op -> {
                if (op.type().equals("VarHandleOp") && op.name().startsWith("decoding")) {
                  Output<?> handle = op.output(0);
                  there.add(tf.varIsInitializedOp(handle).asOutput());
                  assertThat(names.add(Weight.sharedName(op))).isTrue();
                }
              });

      decoder.decode(
          run.run.session(), List.of(new int[] {5, 4, END}), BeamSearch.of(2).withLength(0, 5));

      assertThat(there).hasSize(2 * (1 + 2 * 2 * 2)); // two decoders, each with its own
      Session.Runner runner = run.run.session().runner();
      there.forEach(runner::fetch);
      try (Result result = runner.run()) {
        for (var entry : result) {
          assertThat(((TBool) entry.getValue()).getBoolean()).isFalse();
        }
      }
    }
  }

  @Test
  void decode_lengths_keepTheirBounds() {
    try (Program program = new Program(TINY, 10)) {
      int[] source = {5, 4, 3, END};
      for (int length = 0; length < 5; length++) {
        for (Hypothesis found :
            program.decode(new BeamSearch(4, 1, length, 0, length), source).get(0)) {
          assertThat(found.tokens().length()).isEqualTo(length);
        }
      }
      // The decoder has 16 positions: the end token, and 15 more.
      for (Hypothesis found : program.decode(new BeamSearch(2, 1, 15, 0, 200), source).get(0)) {
        assertThat(found.tokens().length()).isEqualTo(15);
      }
    }
  }

  @Test
  void decode_badSource_isRefusedByItsToken() {
    try (Program program = new Program(TINY, 11)) {
      assertThat(program.decode(BeamSearch.greedy())).isEmpty();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.decode(BeamSearch.greedy(), new int[] {3, 1}, new int[] {11}))
          .withMessage("source token 0 must be in [1, 11), got 11");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.decode(BeamSearch.greedy(), new int[] {3, 0, 1}))
          .withMessage("source token 1 must be in [1, 11), got 0");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.decode(BeamSearch.greedy(), new int[0]))
          .withMessage("source must have 1 to 16 tokens, got 0");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.decode(BeamSearch.greedy(), new int[17]))
          .withMessage("source must have 1 to 16 tokens, got 17");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.decode(BeamSearch.greedy(), new int[] {3, 4}))
          .withMessage("source must end with the end token 1, got 4");
    }
  }

  @Test
  void decode_lengthsThatContradictEachOther_areRefused() {
    try (Program program = new Program(TINY, 11)) {
      BeamSearch search = new BeamSearch(2, 1, 7, 1, 4);
      assertThat(program.decode(search, new int[] {3, 4, 1}).get(0)).isNotEmpty();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.decode(search, new int[] {3, 4, 1}, new int[] {3, 1}))
          .withMessage("minLength must be at most the greatest length, 6, got 7");
      assertThatIllegalArgumentException() // The decoder has 16 positions.
          .isThrownBy(() -> program.decode(new BeamSearch(2, 1, 16, 0, 200), new int[] {3, 4, 1}))
          .withMessage("minLength must be at most the greatest length, 15, got 16");
    }
  }

  /** All complete sequences with their scores. */
  private static void enumerate(
      Program program,
      int[] source,
      BeamSearch search,
      ImmutableIntArray tokens,
      double logProbability,
      List<Hypothesis> all) {
    double[] next = program.next(source, tokens);
    if (tokens.length() >= search.minLength()) {
      all.add(
          new Hypothesis(
              tokens,
              (logProbability + next[END])
                  / Math.pow(tokens.length() + 1, search.lengthPenalty())));
    }
    for (int token = 2; token < next.length && tokens.length() < search.lengthOffset(); token++) {
      enumerate(
          program,
          source,
          search,
          ImmutableIntArray.builder().addAll(tokens).add(token).build(),
          logProbability + next[token],
          all);
    }
  }

  private record Candidate(ImmutableIntArray tokens, int token, double sum) {}

  /** The definition of {@link BeamSearch} in double, with the full forward pass for each token. */
  private static List<Hypothesis> search(Program program, int[] source, BeamSearch search) {
    int maxLength = search.maxLength(source.length, program.transformer.model.positions());
    List<Candidate> alive = List.of(new Candidate(ImmutableIntArray.of(), END, 0));
    List<Hypothesis> complete = new ArrayList<>();
    for (int length = 0; complete.size() < search.beam() && length <= maxLength; length++) {
      List<Candidate> candidates = new ArrayList<>();
      for (Candidate beam : alive) {
        double[] next = program.next(source, beam.tokens());
        for (int token = 1; token < next.length; token++) {
          boolean allowed = token == END ? length >= search.minLength() : length < maxLength;
          if (allowed || (token == END && length == maxLength)) {
            candidates.add(new Candidate(beam.tokens(), token, beam.sum() + next[token]));
          }
        }
      }
      candidates.sort(Comparator.comparingDouble(Candidate::sum).reversed());
      alive = new ArrayList<>();
      for (int i = 0; i < Math.min(candidates.size(), 2 * search.beam()); i++) {
        Candidate candidate = candidates.get(i);
        if (candidate.token() == END) {
          if (i < search.beam() && complete.size() < search.beam()) {
            complete.add(
                new Hypothesis(
                    candidate.tokens(),
                    candidate.sum() / Math.pow(length + 1, search.lengthPenalty())));
          }
        } else if (alive.size() < search.beam()) {
          alive.add(
              new Candidate(
                  ImmutableIntArray.builder()
                      .addAll(candidate.tokens())
                      .add(candidate.token())
                      .build(),
                  candidate.token(),
                  candidate.sum()));
        }
      }
    }
    complete.sort(Comparator.comparingDouble(Hypothesis::score).reversed());
    return complete;
  }

  private static List<ImmutableIntArray> tokens(List<Hypothesis> hypotheses) {
    return hypotheses.stream().map(Hypothesis::tokens).toList();
  }

  private static int argmax(double[] values, boolean notEnd) {
    int best = SpecialTokens.UNKNOWN;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best] && !(notEnd && i == END)) {
        best = i;
      }
    }
    return best;
  }
}
