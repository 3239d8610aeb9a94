package org.tfemergence.models.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.SessionFunction;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.testing.OpenModel;
import org.tfemergence.models.text.BeamSearch;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.text.Translator;
import org.tfemergence.models.weights.WeightSource;

/** Decoding by the signatures must give, step by step, what the whole target gives at once. */
final class TransformerExportTest {
  private static final int VOCABULARY = 13;
  private static final Transformer MODEL = Transformer.of(11, VOCABULARY, 16, 2, 8, 2, 12);
  private static final int[] SOURCE = {5, 7, 9, 4, SpecialTokens.END};
  private static final int[] TARGET = {SpecialTokens.END, 8, 12, 5, 6, 6, 10};

  @TempDir private Path folder;

  @Test
  void decoding_stepByStep_isTheWholeAtOnce() throws IOException {
    try (SavedModelBundle bundle = exported()) {
      float[] whole = whole(bundle);
      Map<String, Tensor> kept = new HashMap<>();
      try (TInt32 source = ids(Shape.of(1, SOURCE.length), SOURCE);
          Result memory = bundle.function("encode").call(Map.of("source", source))) {
        SessionFunction step = bundle.function("step");
        memory.forEach(entry -> kept.put(entry.getKey(), entry.getValue()));
        Result last = null;
        for (int position = 0; position < TARGET.length; position++) {
          try (TInt32 token = ids(Shape.of(1), TARGET[position]);
              TInt32 at = TInt32.scalarOf(position)) {
            Map<String, Tensor> inputs = new HashMap<>(kept);
            inputs.put("tokens", token);
            inputs.put("position", at);
            if (position == 0) {
              step.signature()
                  .getInputs()
                  .forEach(
                      (name, info) -> {
                        if (name.startsWith("cache_")) {
                          inputs.put(name, TFloat32.tensorOf(Shape.of(1, 0, info.shape.get(2))));
                        }
                      });
            } else {
              last.forEach(entry -> inputs.put(entry.getKey(), entry.getValue()));
              inputs.remove("logits");
            }
            Result next = step.call(inputs);
            if (last == null) {
              inputs.forEach((name, tensor) -> closeEmptyCache(name, tensor));
            } else {
              last.close();
            }
            last = next;
          }
          assertThat(GraphRun.floats((TFloat32) last.get("logits").orElseThrow()))
              .as("position %d", position)
              .containsExactly(
                  Arrays.copyOfRange(whole, position * VOCABULARY, (position + 1) * VOCABULARY),
                  within(1e-5f));
        }
        last.close();
      }
    }
  }

  /** Sentences of several lengths at once, and limits that some reach. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 11, 99})
  void decode_isGreedySearch(int limit) throws IOException {
    List<int[]> sources =
        List.of(SOURCE, new int[] {3, SpecialTokens.END}, new int[] {10, 9, 8, SpecialTokens.END});
    List<List<Integer>> expected = new ArrayList<>();
    try (OpenModel open = new OpenModel(MODEL, Xavier.normal(3));
        Translator translator = new Translator(MODEL)) {
      translator.restore(WeightSource.session(open.variables()));
      translator
          .translate(sources, BeamSearch.greedy().withLength(0, limit))
          .forEach(found -> expected.add(found.get(0).tokens().asList()));
    }
    int[] padded = new int[sources.size() * SOURCE.length];
    for (int i = 0; i < sources.size(); i++) {
      System.arraycopy(sources.get(i), 0, padded, i * SOURCE.length, sources.get(i).length);
    }
    try (SavedModelBundle bundle = exported();
        TInt32 source = ids(Shape.of(sources.size(), SOURCE.length), padded);
        TInt32 most = TInt32.scalarOf(limit);
        Result result = bundle.function("decode").call(Map.of("source", source, "limit", most))) {
      TInt32 tokens = (TInt32) result.get("tokens").orElseThrow();
      TInt32 lengths = (TInt32) result.get("lengths").orElseThrow();
      int longest = expected.stream().mapToInt(List::size).max().orElseThrow();
      assertThat(tokens.shape()).isEqualTo(Shape.of(sources.size(), longest + 1));
      for (int i = 0; i < sources.size(); i++) {
        List<Integer> words = expected.get(i);
        assertThat(lengths.getInt(i)).isEqualTo(words.size());
        for (int j = 0; j <= longest; j++) {
          int behind = j == words.size() ? SpecialTokens.END : SpecialTokens.PADDING;
          assertThat(tokens.getInt(i, j))
              .as("sentence %d, token %d", i, j)
              .isEqualTo(j < words.size() ? words.get(j) : behind);
        }
      }
    }
  }

  @Test
  void signatures_haveTheModelsInputsWithFreeSizes() throws IOException {
    try (SavedModelBundle bundle = exported()) {
      Map<String, SignatureDef> signatures = bundle.metaGraphDef().getSignatureDefMap();
      assertThat(signatures).containsOnlyKeys("serving_default", "encode", "step", "decode");
      SignatureDef serving = signatures.get("serving_default");
      assertThat(serving.getInputsMap()).containsOnlyKeys("source", "target");
      assertThat(sizes(serving.getInputsOrThrow("source"))).containsExactly(-1L, -1L);
      assertThat(sizes(serving.getInputsOrThrow("target"))).containsExactly(-1L, -1L);
      assertThat(serving.getOutputsMap()).containsOnlyKeys("logits", "probabilities");
      assertThat(signatures.values())
          .extracting(SignatureDef::getMethodName)
          .containsOnly("tensorflow/serving/predict");
      // 2 blocks with the keys and values of both attentions; the mask; logits.
      assertThat(signatures.get("encode").getOutputsMap()).hasSize(2 * 2 + 1);
      assertThat(signatures.get("step").getInputsMap()).hasSize(2 + 2 * 2 + 1 + 2 * 2);
      assertThat(signatures.get("step").getOutputsMap()).hasSize(2 * 2 + 1);
    }
  }

  /** Returns the logits of the target's positions, [positions, vocabulary]. */
  private static float[] whole(SavedModelBundle bundle) {
    try (TInt32 source = ids(Shape.of(1, SOURCE.length), SOURCE);
        TInt32 target = ids(Shape.of(1, TARGET.length), TARGET);
        Result result = bundle.call(Map.of("source", source, "target", target))) {
      return GraphRun.floats((TFloat32) result.get("logits").orElseThrow());
    }
  }

  private SavedModelBundle exported() throws IOException {
    Path directory = folder.resolve("model");
    try (OpenModel open = new OpenModel(MODEL, Xavier.normal(3))) {
      SavedModelExport.of(MODEL).write(open.variables(), directory);
    }
    return SavedModelBundle.load(directory.toString());
  }

  private static void closeEmptyCache(String name, Tensor tensor) {
    if (name.startsWith("cache_")) {
      tensor.close();
    }
  }

  private static TInt32 ids(Shape shape, int... ids) {
    return TInt32.tensorOf(shape, DataBuffers.of(ids));
  }

  private static Iterable<Long> sizes(TensorInfo info) {
    return info.getTensorShape().getDimList().stream().map(dim -> dim.getSize()).toList();
  }
}
