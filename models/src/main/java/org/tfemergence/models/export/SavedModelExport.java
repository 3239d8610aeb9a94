package org.tfemergence.models.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.file.StagedDirectory;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.VariableSaver;
import org.tfemergence.models.variable.Variables;

/**
 * Exports trained models as TensorFlow SavedModels for serving.
 *
 * <p>TensorFlow Java's exporter writes the whole graph of a session, gradients and optimizer
 * included. This one builds the inference graph anew, restores the weights into it and exports
 * that.
 */
public final class SavedModelExport {
  private static final String PREDICT_METHOD = "tensorflow/serving/predict";
  private static final String WEIGHTS = "weights";

  private SavedModelExport() {}

  /**
   * Exports a trainer's model with the signature {@code serving_default}: input {@code input}
   * [batch, input shape...], outputs {@code logits} and {@code probabilities} [batch, classes].
   *
   * @param trainer the trainer; it can go on training afterwards
   * @param directory the SavedModel's folder, which must not exist and appears only when complete
   * @throws IOException if it cannot be written
   * @throws IllegalStateException if training failed within an epoch and no checkpoint was restored
   *     since
   */
  public static void write(Trainer trainer, Path directory) throws IOException {
    try (StagedDirectory staged = StagedDirectory.create(directory)) {
      try (StagedDirectory scratch = StagedDirectory.create(staged.path().resolve(WEIGHTS))) {
        Path weights = scratch.path().resolve(WEIGHTS);
        trainer.variables().save(weights);
        write(trainer.model(), weights, staged.path());
      }
      staged.commit();
    }
  }

  private static void write(Model model, Path weights, Path directory) throws IOException {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Shape batch = Shape.of(Shape.UNKNOWN_SIZE);
      Placeholder<TFloat32> input =
          tf.withName("input")
              .placeholder(
                  TFloat32.class,
                  Placeholder.shape(batch.append(model.blueprint().inputs().get(0).shape())));
      Variables variables = Variables.forRestore(tf);
      // A registry for restoring draws no initial values, so any scheme will do.
      Model.Built built = model.build(variables, Xavier.uniform(0));
      Operand<TFloat32> logits =
          tf.withName("logits_output")
              .identity(
                  built
                      .call(Pass.inference(tf.withSubScope("serve")), List.of(Value.of(input)))
                      .logits());
      Operand<TFloat32> probabilities = tf.withName("probabilities").nn.softmax(logits);
      VariableSaver saver =
          VariableSaver.build(tf, variables.all().stream().map(Variable::weight).toList());
      try (Session session = new Session(graph)) {
        saver.restore(session, weights);
        SavedModelBundle.exporter(directory.toString())
            .withSession(session)
            .withSignature(
                Signature.builder("serving_default")
                    .methodName(PREDICT_METHOD)
                    .input("input", input)
                    .output("logits", logits)
                    .output("probabilities", probabilities)
                    .build())
            .export();
      }
    }
  }
}
