package org.tfemergence.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.train.MetricGoal;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.export.ModelRecord;
import org.tfemergence.models.export.ModelRecordFile;
import org.tfemergence.models.export.SavedModelExport;
import org.tfemergence.models.fit.CheckpointWeights;
import org.tfemergence.models.fit.Checkpoints;
import org.tfemergence.models.fit.Extent;
import org.tfemergence.models.fit.FitPlan;
import org.tfemergence.models.fit.Retention;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.npz.Npz;
import org.tfemergence.models.npz.NpzWriter;
import org.tfemergence.models.objective.TokenPrediction;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.optimize.Optimizer;
import org.tfemergence.models.text.BeamSearch;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.text.Translator;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.models.weights.WeightMap;
import org.tfemergence.models.weights.WeightSource;
import org.tfemergence.models.weights.WeightTransfer;

/** The code in docs/models.md on what becomes of a model on disk: between markers, and run. */
@SuppressWarnings("SystemOut") // as a reader would print
final class ModelSnippetsTest {
  private static final TrainerOptions OPTIONS = TrainerOptions.defaults().withBatchSize(20);
  private static final InitScheme SCHEME = Kaiming.normal(7);
  private static final Mlp MODEL = Mlp.of(8, 3, 16);

  @TempDir Path folder;

  @Test
  void checkpoints_work() throws IOException {
    Mlp model = MODEL;
    InitScheme scheme = SCHEME;
    Optimizer optimizer = new Adam();
    TrainerOptions options = OPTIONS;
    LabeledData training = data(1);
    LabeledData validation = data(2);
    // begin: checkpoints
    try (Checkpoints checkpoints =
            Checkpoints.open(folder, Retention.last(3).andBest(1, MetricGoal.VALIDATION_ACCURACY));
        Trainer trainer = new Trainer(model, scheme, optimizer, options)) {
      Optional<Path> latest = checkpoints.latest();
      if (latest.isPresent()) {
        trainer.restore(latest.get());
      }
      trainer.fit(
          FitPlan.of(training, validation, Extent.epochs(20))
              .withCheckpoints(checkpoints, Extent.epochs(1)));
      trainer.restore(checkpoints.best().orElseThrow());
    }
    // end
    assertThat(Checkpoints.latest(folder)).isPresent();
  }

  @Test
  void weights_work() throws IOException {
    try (NpzWriter torch = NpzWriter.create(folder.resolve("torch.npz"))) {
      torch.add("fc1.weight", Shape.of(16, 8), new float[128]);
      torch.add("fc1.bias", Shape.of(16), new float[16]);
      torch.add("fc2.weight", Shape.of(3, 16), new float[48]);
      torch.add("fc2.bias", Shape.of(3), new float[] {1, 2, 3});
      torch.commit();
    }
    try (Trainer trainer = new Trainer(MODEL, SCHEME, new Adam(), OPTIONS)) {
      // begin: weights
      // in Python: numpy.savez("torch.npz", **{k: v.numpy() for k, v in
      // model.state_dict().items()})
      WeightMap map =
          WeightMap.builder().torchLinear("dense_1", "fc1").torchLinear("logits", "fc2").build();
      WeightTransfer.all(WeightSource.npz(folder.resolve("torch.npz")), trainer.variables(), map);
      WeightSource.writeNpz(trainer.variables(), folder.resolve("ours.npz")); // numpy.load reads it
      // end
    }
    assertThat(Npz.read(folder.resolve("ours.npz")).floats("logits/bias")).containsExactly(1, 2, 3);
  }

  @Test
  void export_works() throws IOException {
    Mlp model = MODEL;
    InitScheme scheme = SCHEME;
    EmergenceCallback emergence = EmergenceCallback.builder().build();
    try (Trainer trainer = new Trainer(model, scheme, new Adam(), OPTIONS, emergence)) {
      trainer.fit(data(1), data(2), 2);
      // begin: record
      SavedModelExport.write(trainer, folder.resolve("model"));
      ModelRecord record = ModelRecordFile.read(folder.resolve("model"));
      System.out.println(record.model() + " " + record.settings());
      System.out.println(record.histories().get(0).readings().size() + " readings of E");
      System.out.println(record.sparsity());
      // end
      assertThat(record.histories()).containsExactly(emergence.history());
      // begin: parts
      SavedModelExport.of(model)
          .withValuesOf(trainer::evaluated)
          .withRecord(ModelRecord.of(model).withPlan(scheme.plan(model.kernels())))
          .write(trainer.variables(), folder.resolve("by-parts"));
      // end
      assertThat(ModelRecordFile.read(folder.resolve("by-parts")).plan()).isEqualTo(record.plan());
    }
  }

  /** Greedy search by the export's signature finds what the library's own finds. */
  @Test
  void decoding_works() throws IOException {
    Transformer model = Transformer.tiny(9, 7);
    Path checkpoint = folder.resolve("checkpoint");
    try (Trainer trainer =
        new Trainer(
            model, new TokenPrediction(SpecialTokens.PADDING, 0), SCHEME, new Adam(), OPTIONS)) {
      trainer.save(checkpoint);
      SavedModelExport.write(trainer, folder.resolve("model"));
    }
    List<Integer> produced = new ArrayList<>();
    // begin: decoding
    try (SavedModelBundle bundle = SavedModelBundle.load(folder.resolve("model").toString());
        TInt32 source = TInt32.tensorOf(StdArrays.ndCopyOf(new int[][] {{3, 4, 1}, {5, 1, 0}}));
        TInt32 limit = TInt32.scalarOf(10);
        Result result = bundle.function("decode").call(Map.of("source", source, "limit", limit))) {
      TInt32 tokens = (TInt32) result.get("tokens").orElseThrow(); // [sentences, positions]
      TInt32 lengths = (TInt32) result.get("lengths").orElseThrow(); // [sentences], without the end
      for (int i = 0; i < lengths.getInt(0); i++) {
        produced.add(tokens.getInt(0, i));
      }
    }
    // end
    try (Translator translator = new Translator(model)) {
      translator.restore(CheckpointWeights.evaluated(checkpoint));
      List<Integer> best =
          translator
              .translate(List.of(new int[] {3, 4, 1}), BeamSearch.greedy().withLength(0, 10))
              .get(0)
              .get(0)
              .tokens()
              .asList();
      assertThat(produced).isNotEmpty().isEqualTo(best);
    }
  }

  private static LabeledData data(int seed) {
    Random random = new Random(seed);
    float[] features = new float[60 * 8];
    for (int i = 0; i < features.length; i++) {
      features[i] = random.nextFloat();
    }
    int[] labels = new int[60];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 3;
    }
    return new LabeledData(features, labels, 3);
  }
}
