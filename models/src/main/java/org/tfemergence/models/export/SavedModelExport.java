package org.tfemergence.models.export;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tensorflow.Graph;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.file.StagedDirectory;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.data.PixelScaling;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.variable.BundlePath;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.VariableSaver;
import org.tfemergence.models.variable.Variables;

/**
 * Exports trained models as TensorFlow SavedModels for serving. Immutable; start from {@link #of}.
 *
 * <p>TensorFlow Java's exporter writes the whole graph of a session, gradients and optimizer
 * included. This one builds the inference graph anew, copies the model's variables into it and
 * exports that. Its signature {@code serving_default} has an input for each of the model's, by
 * name, [batch, input shape...], and outputs {@code logits} and {@code probabilities} [batch,
 * output shape...]. The size of the batch is free; so is the number of positions of token ids. The
 * inputs are the numbers that the model was trained on, unless {@link #withPixels} has the graph
 * make them of bytes.
 */
public final class SavedModelExport {
  private static final Logger LOG = LogManager.getLogger(SavedModelExport.class);

  private final Model model;
  private final ModelRecord record;
  private final UnaryOperator<String> values;
  private final ServingSignature.Maker more;
  private final Optional<PixelScaling> pixels;

  private SavedModelExport(
      Model model,
      ModelRecord record,
      UnaryOperator<String> values,
      ServingSignature.Maker more,
      Optional<PixelScaling> pixels) {
    this.model = model;
    this.record = record;
    this.values = values;
    this.more = more;
    this.pixels = pixels;
  }

  /**
   * Returns an export of a model as it was trained, which tells its settings. A Transformer's has
   * the signatures of {@link org.tfemergence.models.text.IncrementalDecoder#endpoints} besides.
   *
   * @param model the model
   * @return the export
   */
  public static SavedModelExport of(Model model) {
    return new SavedModelExport(
        model,
        ModelRecord.of(model),
        UnaryOperator.identity(),
        DecodingSignatures.of(model),
        Optional.empty());
  }

  /**
   * Exports a trainer's model as it is evaluated: if averages of the weights are kept, with these.
   * All that the trainer knows of the model is told ({@link ModelRecord#of(Trainer)}). If it was
   * trained on images of bytes, the graph scales them as the data did ({@link #withPixels}).
   *
   * @param trainer the trainer; it can go on training afterwards
   * @param directory the SavedModel's folder, which must not exist and appears only when complete
   * @throws IOException if it cannot be written
   * @throws IllegalStateException if training failed within an update and no checkpoint was
   *     restored since
   */
  public static void write(Trainer trainer, Path directory) throws IOException {
    SavedModelExport export =
        of(trainer.model()).withRecord(ModelRecord.of(trainer)).withValuesOf(trainer::evaluated);
    trainer.scaling().map(export::withPixels).orElse(export).write(trainer.variables(), directory);
  }

  /**
   * Returns this export with another record of the model.
   *
   * @param other what to tell of the model
   * @return a new export
   */
  public SavedModelExport withRecord(ModelRecord other) {
    return new SavedModelExport(model, other, values, more, pixels);
  }

  /**
   * Returns this export with values of other variables in place of the model's own, such as their
   * averages over the training.
   *
   * @param source by the name of a variable of the model, the name of the variable whose value it
   *     gets, of the same shape; maybe its own
   * @return a new export
   */
  public SavedModelExport withValuesOf(UnaryOperator<String> source) {
    return new SavedModelExport(model, record, source, more, pixels);
  }

  /**
   * Returns this export with other signatures besides {@code serving_default}.
   *
   * @param maker what adds them
   * @return a new export
   */
  public SavedModelExport withSignatures(ServingSignature.Maker maker) {
    return new SavedModelExport(model, record, values, maker, pixels);
  }

  /**
   * Returns this export with the scaling of pixels in the graph. {@code serving_default} then takes
   * the bytes of images, uint8 [batch, input shape...], and scales them; a signature {@code scaled}
   * takes the numbers that come of it, float32.
   *
   * @param scaling how the training made numbers of bytes
   * @return a new export
   * @throws IllegalArgumentException if the model has not one input of float32 whose last dimension
   *     is of as many channels; a flat one of so many values times that
   */
  public SavedModelExport withPixels(PixelScaling scaling) {
    ServingHead.requireTakes(model, scaling);
    return new SavedModelExport(model, record, values, more, Optional.of(scaling));
  }

  /**
   * Writes the SavedModel. Values that are NaN or infinite are told of by a warning, and so is a
   * path with brackets or backslashes: from there TensorFlow does not load. The record of the model
   * gets a row of each kernel in which values are zero.
   *
   * @param trained the variables of a graph that has the model's among them
   * @param directory the SavedModel's folder, which must not exist and appears only when complete
   * @throws IOException if it cannot be written
   * @throws IllegalArgumentException if a variable of the model is missing or of another shape, or
   *     two signatures have the same name
   */
  public void write(SessionVariables trained, Path directory) throws IOException {
    try (StagedDirectory staged = StagedDirectory.create(directory)) {
      Path real = staged.path().toRealPath();
      if (!BundlePath.isPlain(real)) {
        LOG.warn("{}: move it to be loaded: TensorFlow cannot from paths with [ or \\", directory);
      }
      List<ModelRecord.Sparsity> sparsity;
      try (Graph graph = new Graph()) {
        Ops tf = Ops.create(graph);
        Variables variables = Variables.forRestore(tf);
        // A registry for restoring draws no initial values, so any scheme will do.
        Model.Built built = model.build(variables, Xavier.uniform(0));
        List<ServingSignature> signatures =
            new ArrayList<>(ServingHead.build(tf, model, built, pixels));
        signatures.addAll(more.make(tf, built));
        requireUniqueNames(signatures);
        VariableSaver saver =
            VariableSaver.build(tf, variables.all().stream().map(Variable::weight).toList());
        VariableCollections listed = VariableCollections.build(tf, variables.all());
        try (Session session = new Session(graph)) {
          sparsity = copy(trained, new SessionVariables(session, saver, variables.all()));
          SavedModelBundle.Exporter exporter =
              SavedModelBundle.exporter(real.toString()).withSession(session);
          signatures.forEach(signature -> exporter.withSignature(signature.signature()));
          export(exporter, directory);
          listed.write(real);
        }
      }
      ModelRecordFile.write(record.exported(sparsity, pixels), staged.path());
      staged.commit();
    }
  }

  /* A full disk surfaces as an exception of TensorFlow's, and the system's messages have no path. */
  private static void export(SavedModelBundle.Exporter exporter, Path directory)
      throws IOException {
    try {
      exporter.export();
    } catch (IOException | TensorFlowException | TFInvalidArgumentException e) {
      throw new IOException(directory + ": " + e.getMessage(), e);
    }
  }

  private List<ModelRecord.Sparsity> copy(SessionVariables from, SessionVariables to) {
    requireAll(from, to);
    List<ModelRecord.Sparsity> sparsity = new ArrayList<>();
    for (ImmutableList<Variable> portion : to.portions()) {
      Set<String> sources = new LinkedHashSet<>();
      portion.forEach(variable -> sources.add(values.apply(variable.name())));
      Map<String, float[]> found = from.values(sources);
      Map<String, float[]> assigned = new LinkedHashMap<>();
      for (Variable variable : portion) {
        float[] value = found.get(values.apply(variable.name()));
        warnUnlessFinite(values.apply(variable.name()), value);
        switch (variable.role()) {
          case KERNEL -> sparsityOf(variable, value, 0).ifPresent(sparsity::add);
          case EMBEDDING -> // whose row of padding is zero without pruning
              sparsityOf(variable, value, (int) variable.shape().get(1)).ifPresent(sparsity::add);
          default -> {}
        }
        assigned.put(variable.name(), value);
      }
      to.assign(assigned);
    }
    return sparsity;
  }

  private static void warnUnlessFinite(String name, float[] value) {
    for (float element : value) {
      if (!Float.isFinite(element)) {
        LOG.warn("exports variable '{}', which holds {}", name, element);
        return;
      }
    }
  }

  /* Nothing where no element behind the first few is zero. */
  private static Optional<ModelRecord.Sparsity> sparsityOf(
      Variable variable, float[] value, int first) {
    int kept = 0;
    boolean pruned = false;
    for (int i = 0; i < value.length; i++) {
      kept += value[i] == 0 ? 0 : 1;
      pruned |= i >= first && value[i] == 0;
    }
    return pruned
        ? Optional.of(new ModelRecord.Sparsity(variable.name(), value.length, kept))
        : Optional.empty();
  }

  private void requireAll(SessionVariables from, SessionVariables to) {
    Map<String, Shape> shapes =
        from.all().stream().collect(ImmutableMap.toImmutableMap(Weight::name, Weight::shape));
    List<String> wrong =
        to.model().stream()
            .filter(each -> !each.shape().equals(shapes.get(values.apply(each.name()))))
            .map(
                each ->
                    "'"
                        + values.apply(each.name())
                        + "' of shape "
                        + shapes.get(values.apply(each.name()))
                        + " for '"
                        + each.name()
                        + "' of shape "
                        + each.shape())
            .toList();
    if (!wrong.isEmpty()) {
      throw new IllegalArgumentException("the model cannot take variables " + wrong);
    }
  }

  private static void requireUniqueNames(List<ServingSignature> signatures) {
    List<String> names = signatures.stream().map(ServingSignature::name).toList();
    if (names.stream().distinct().count() < names.size()) {
      throw new IllegalArgumentException("two signatures have the same name among " + names);
    }
  }
}
