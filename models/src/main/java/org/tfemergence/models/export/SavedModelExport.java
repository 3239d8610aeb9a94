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
import org.tensorflow.Operand;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.file.StagedDirectory;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
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
 * output shape...]. The size of the batch is free; so is the number of positions of token ids.
 */
public final class SavedModelExport {
  private static final Logger LOG = LogManager.getLogger(SavedModelExport.class);
  private static final String DEFAULT = "serving_default";

  private final Model model;
  private final ModelRecord record;
  private final UnaryOperator<String> values;
  private final ServingSignature.Maker more;

  private SavedModelExport(
      Model model, ModelRecord record, UnaryOperator<String> values, ServingSignature.Maker more) {
    this.model = model;
    this.record = record;
    this.values = values;
    this.more = more;
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
        model, ModelRecord.of(model), UnaryOperator.identity(), DecodingSignatures.of(model));
  }

  /**
   * Exports a trainer's model as it is evaluated: if averages of the weights are kept, with these.
   * All that the trainer knows of the model is told ({@link ModelRecord#of(Trainer)}).
   *
   * @param trainer the trainer; it can go on training afterwards
   * @param directory the SavedModel's folder, which must not exist and appears only when complete
   * @throws IOException if it cannot be written
   * @throws IllegalStateException if training failed within an update and no checkpoint was
   *     restored since
   */
  public static void write(Trainer trainer, Path directory) throws IOException {
    of(trainer.model())
        .withRecord(ModelRecord.of(trainer))
        .withValuesOf(trainer::evaluated)
        .write(trainer.variables(), directory);
  }

  /**
   * Returns this export with another record of the model.
   *
   * @param other what to tell of the model
   * @return a new export
   */
  public SavedModelExport withRecord(ModelRecord other) {
    return new SavedModelExport(model, other, values, more);
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
    return new SavedModelExport(model, record, source, more);
  }

  /**
   * Returns this export with other signatures besides {@code serving_default}.
   *
   * @param maker what adds them
   * @return a new export
   */
  public SavedModelExport withSignatures(ServingSignature.Maker maker) {
    return new SavedModelExport(model, record, values, maker);
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
        List<ServingSignature> signatures = new ArrayList<>(List.of(serving(tf, built)));
        signatures.addAll(more.make(tf, built));
        requireUniqueNames(signatures);
        VariableSaver saver =
            VariableSaver.build(tf, variables.all().stream().map(Variable::weight).toList());
        try (Session session = new Session(graph)) {
          sparsity = copy(trained, new SessionVariables(session, saver, variables.all()));
          SavedModelBundle.Exporter exporter =
              SavedModelBundle.exporter(real.toString()).withSession(session);
          signatures.forEach(signature -> exporter.withSignature(signature.signature()));
          export(exporter, directory);
        }
      }
      ModelRecordFile.write(record.withSparsity(sparsity), staged.path());
      staged.commit();
    }
  }

  private ServingSignature serving(Ops tf, Model.Built built) {
    ImmutableMap.Builder<String, Operand<?>> inputs = ImmutableMap.builder();
    for (InputSpec input : model.blueprint().inputs()) {
      inputs.put(
          input.name(),
          tf.withName(input.name())
              .placeholder(input.type(), Placeholder.shape(input.batchShape())));
    }
    Operand<TFloat32> logits =
        tf.withName("logits_output")
            .identity(logits(tf, built, inputs.buildOrThrow().values().asList()));
    Operand<TFloat32> probabilities = tf.withName("probabilities").nn.softmax(logits);
    return new ServingSignature(
        DEFAULT,
        inputs.buildOrThrow(),
        ImmutableMap.of("logits", logits, "probabilities", probabilities));
  }

  private Operand<TFloat32> logits(Ops tf, Model.Built built, List<Operand<?>> inputs) {
    Pass pass = Pass.inference(tf.withSubScope("serve"));
    if (model.blueprint().inputs().stream()
        .noneMatch(input -> input.shape().numDimensions() == 3)) {
      return built.call(pass, inputs.stream().map(Value::of).toList()).logits();
    }
    NeverEmpty batch = NeverEmpty.of(tf.withSubScope("batch"), inputs.get(0));
    List<Value> filled =
        inputs.stream().<Value>map(input -> Value.of(batch.filled(input))).toList();
    return batch.given(built.call(pass, filled).logits());
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
        if (variable.role() == Variable.Role.KERNEL) {
          sparsityOf(variable.name(), value).ifPresent(sparsity::add);
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

  private static Optional<ModelRecord.Sparsity> sparsityOf(String name, float[] value) {
    int kept = 0;
    for (float element : value) {
      kept += element == 0 ? 0 : 1;
    }
    return kept == value.length
        ? Optional.empty()
        : Optional.of(new ModelRecord.Sparsity(name, value.length, kept));
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
