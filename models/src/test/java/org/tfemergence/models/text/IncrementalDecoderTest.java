package org.tfemergence.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.testing.TransformerRun;
import org.tfemergence.models.text.IncrementalDecoder.Endpoint;
import org.tfemergence.models.text.Transformer.Norm;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.VariableSaver;
import org.tfemergence.models.variable.Variables;
import org.tfemergence.models.weights.WeightSource;

final class IncrementalDecoderTest {
  private static final Transformer TINY = Transformer.tiny(11, 13);
  private static final int[][] SOURCE = {{5, 9, 3, 1}, {4, 1}};
  private static final int[][] TARGET = {{1, 4, 12, 2, 7}, {1, 7, 5, 5, 3}};

  @TempDir private Path folder;

  /** A SavedModel with both functions, called as one would that knows nothing of this project. */
  @ParameterizedTest
  @EnumSource
  void endpoints_savedAndLoaded_giveTheLogitsOfTheForwardPass(Norm norm) throws IOException {
    Transformer model = TINY.withNorm(norm);
    double[] expected = export(model, folder.resolve("model"), folder.resolve("weights"));
    try (SavedModelBundle bundle = SavedModelBundle.load(folder.resolve("model").toString())) {
      SessionFunction encode = bundle.function("encode");
      SessionFunction step = bundle.function("step");
      try (TInt32 source = TransformerRun.ids(SOURCE);
          Result memory = encode.call(Map.of("source", source))) {
        Map<String, Tensor> inputs = new HashMap<>();
        memory.forEach(entry -> inputs.put(entry.getKey(), entry.getValue()));
        Map<String, Tensor> empty = emptyCache(model);
        inputs.putAll(empty);
        double[] found = new double[expected.length];
        Result last = null;
        for (int position = 0; position < 5; position++) {
          int[] now = {TARGET[0][position], TARGET[1][position]};
          try (TInt32 tokens = TInt32.vectorOf(now);
              TInt32 place = TInt32.scalarOf(position)) {
            inputs.put("tokens", tokens);
            inputs.put("position", place);
            Result result = step.call(inputs);
            double[] logits =
                doubles(GraphRun.floats((TFloat32) result.get("logits").orElseThrow()));
            for (int row = 0; row < 2; row++) {
              System.arraycopy(logits, row * 13, found, (row * 5 + position) * 13, 13);
            }
            for (String cache : empty.keySet()) {
              inputs.put(cache, result.get(cache).orElseThrow());
            }
            if (last != null) {
              last.close();
            }
            last = result;
          }
        }
        last.close();
        empty.values().forEach(Tensor::close);

        assertThat(found).containsExactly(expected, within(1e-5));
      }
    }
  }

  /** What was searched for is found again by a translator that got the weights through files. */
  @Test
  void translator_restored_findsWhatTheDecoderFound() throws IOException {
    BeamSearch search = BeamSearch.of(3).withLength(1, 3);
    List<int[]> sources = List.of(SOURCE[0], SOURCE[1]);
    try (TransformerRun run = new TransformerRun(TINY, 1);
        Translator translator = new Translator(TINY)) {
      Decoder decoder = Decoder.build(run.run.tf(), TINY, run.built);
      VariableSaver saver = saver(run.run.tf(), run.variables);
      run.run.run(run.shaken(0.3, 2));
      Path file = folder.resolve("one.npz");
      WeightSource.writeNpz(
          new SessionVariables(run.run.session(), saver, run.variables.model()), file);
      var first = decoder.decode(run.run.session(), sources, search);

      translator.restore(WeightSource.npz(file));
      assertThat(translator.translate(sources, search)).isEqualTo(first);
    }
  }

  @Test
  void translator_withoutWeights_saysSo() {
    try (Translator translator = new Translator(TINY)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> translator.translate(List.of(SOURCE[0]), BeamSearch.greedy()))
          .withMessage("restore weights before translating");
    }
  }

  @Test
  void translator_weightsFailOnTheWay_hasNone() throws IOException {
    try (TransformerRun run = new TransformerRun(TINY, 1);
        Translator translator = new Translator(TINY)) {
      VariableSaver saver = saver(run.run.tf(), run.variables);
      WeightSource whole =
          WeightSource.session(
              new SessionVariables(run.run.session(), saver, run.variables.model()));
      translator.restore(whole);
      assertThat(translator.translate(List.of(SOURCE[0]), BeamSearch.greedy())).hasSize(1);

      assertThatIllegalStateException()
          .isThrownBy(() -> translator.restore(new Failing(whole)))
          .withMessage("out of memory");
      assertThatIllegalStateException()
          .isThrownBy(() -> translator.translate(List.of(SOURCE[0]), BeamSearch.greedy()))
          .withMessage("restore weights before translating");
    }
  }

  /** Weights that fail as TensorFlow does, not as a file. */
  private record Failing(WeightSource of) implements WeightSource {
    @Override
    public String description() {
      return of.description();
    }

    @Override
    public ImmutableMap<String, Shape> shapes() {
      return of.shapes();
    }

    @Override
    public ImmutableMap<String, float[]> values(Collection<String> names) {
      throw new IllegalStateException("out of memory");
    }
  }

  /** Of logits that are NaN none is the greatest, not even the end's where it is forced. */
  @Test
  void decode_logitsNotFinite_endsBehindTheLimit() {
    try (TransformerRun run = new TransformerRun(TINY, 1)) {
      Endpoint decode = new IncrementalDecoder(TINY, run.built).endpoints(run.run.tf()).get(2);
      VariableSaver saver = saver(run.run.tf(), run.variables);
      Map<String, float[]> values = new HashMap<>();
      for (Variable variable : run.variables.model()) {
        float[] value = new float[(int) variable.shape().size()];
        Arrays.fill(value, Float.NaN);
        values.put(variable.name(), value);
      }
      saver.assign(run.run.session(), values);
      try (TInt32 source = TransformerRun.ids(SOURCE);
          TInt32 limit = TInt32.scalarOf(4);
          Result found =
              run.run
                  .session()
                  .runner()
                  .feed(decode.inputs().get("source"), source)
                  .feed(decode.inputs().get("limit"), limit)
                  .fetch(decode.outputs().get("tokens"))
                  .fetch(decode.outputs().get("lengths"))
                  .run()) {
        assertThat(found.get(0).shape()).isEqualTo(Shape.of(2, 5));
        assertThat(((TInt32) found.get(1)).streamOfInts()).containsOnly(0);
      }
    }
  }

  @Test
  void compute_unknownLayerOrInput_isNamed() {
    try (TransformerRun run = new TransformerRun(TINY, 1)) {
      Ops tf = run.run.tf();
      Pass pass = Pass.inference(tf);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> run.built.compute(pass, new HashMap<>(), "encoder_9/norm"))
          .withMessage("there is no layer 'encoder_9/norm'");
      Map<String, Value> known = new HashMap<>();
      known.put("target", Value.of(run.target));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> run.built.compute(pass, known, "logits"))
          .withMessage("layer 'logits' needs input 'source'");
      // What does not need the source can do without it, and is kept.
      Value keys = run.built.compute(pass, known, "decoder_1/self/keys");
      assertThat(known).containsEntry("decoder_1/self/keys", keys);
      assertThat(run.built.compute(pass, known, "decoder_1/self/keys")).isSameAs(keys);
      assertThat(known).doesNotContainKey("decoder_1/self/values");
    }
  }

  private static double[] export(Transformer model, Path target, Path weights) throws IOException {
    double[] expected;
    try (TransformerRun run = new TransformerRun(model, 1)) {
      VariableSaver saver = saver(run.run.tf(), run.variables);
      run.run.run(run.shaken(0.3, 2));
      expected = doubles(run.logits(SOURCE, TARGET));
      saver.save(run.run.session(), weights);
    }
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = Variables.forRestore(tf);
      Model.Built built = model.build(variables, Xavier.uniform(0));
      List<Endpoint> endpoints = new IncrementalDecoder(model, built).endpoints(tf);
      VariableSaver saver = saver(tf, variables);
      try (Session session = new Session(graph)) {
        saver.restore(session, weights);
        SavedModelBundle.Exporter exporter =
            SavedModelBundle.exporter(target.toString()).withSession(session);
        for (Endpoint endpoint : endpoints) {
          Signature.Builder signature = Signature.builder(endpoint.name());
          endpoint.inputs().forEach(signature::input);
          endpoint.outputs().forEach(signature::output);
          exporter.withSignature(signature.build());
        }
        exporter.export();
      }
    }
    return expected;
  }

  private static VariableSaver saver(Ops tf, Variables variables) {
    return VariableSaver.build(tf, variables.model().stream().map(Variable::weight).toList());
  }

  private static Map<String, Tensor> emptyCache(Transformer model) {
    Map<String, Tensor> cache = new HashMap<>();
    for (int block = 1; block <= model.decoder().size(); block++) {
      for (String part : List.of("keys", "values")) {
        cache.put(
            "cache_decoder_" + block + "_self_" + part,
            TFloat32.tensorOf(Shape.of(2, 0, model.width()), DataBuffers.of(new float[0])));
      }
    }
    return cache;
  }
}
