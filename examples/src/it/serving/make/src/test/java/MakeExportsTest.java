import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.export.SavedModelExport;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.objective.Classification;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.objective.TokenPrediction;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.VariableSaver;
import org.tfemergence.models.variable.Variables;
import org.tfemergence.models.vision.ConvNet;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.models.vision.ResNet;
import org.tfemergence.models.vision.ResidualBlock;
import org.tfemergence.models.vision.Vgg;

/** Exports models, and beside each writes inputs and the logits this library gives for them. */
class MakeExportsTest {
  private static final int BATCH = 3;
  private static final int POSITIONS = 6;

  @Test
  void mlp() throws IOException {
    export("mlp", Mlp.of(12, 5, 16, 8), new Classification(), 0);
  }

  @Test
  void vgg() throws IOException {
    ImmutableList<ImmutableList<Integer>> stages =
        ImmutableList.of(ImmutableList.of(4), ImmutableList.of(8, 8));
    export(
        "vgg",
        new Vgg(
            new ImageShape(8, 8, 3),
            stages,
            ImmutableList.of(16),
            5,
            0.5,
            Optional.of(BatchNorm.PYTORCH)),
        new Classification(),
        0);
  }

  @Test
  void resNet() throws IOException {
    export("resnet", ResNet.cifar(8, 5), new Classification(), 0);
  }

  @Test
  void bottleneck() throws IOException {
    export(
        "bottleneck",
        new ResNet(
            new ImageShape(16, 16, 3),
            ResNet.Stem.IMAGENET,
            4,
            ImmutableList.of(
                ImmutableList.of(ResidualBlock.of(4, 4, 8)),
                ImmutableList.of(ResidualBlock.of(4, 4, 12))),
            ResNet.Shortcut.PROJECTION,
            5,
            Optional.of(BatchNorm.PYTORCH)),
        new Classification(),
        0);
  }

  @Test
  void convNet() throws IOException {
    export("convnet", ConvNet.of(new ImageShape(8, 8, 3), 5, 16, 4, 8), new Classification(), 0);
  }

  @Test
  void transformer() throws IOException {
    export(
        "transformer",
        Transformer.of(11, 13, 16, 2, 8, 2, 12),
        new TokenPrediction(SpecialTokens.PADDING, 0),
        11);
  }

  /**
   * Exports what a training evaluates, averages of the weights, which are not the weights; token
   * ids of the inputs are in [3, ids).
   */
  private static void export(String name, Model model, Objective objective, int ids)
      throws IOException {
    Path folder = Path.of(System.getProperty("exports")).resolve(name);
    Files.createDirectories(folder.getParent());
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = Variables.initialized(tf);
      Model.Built built = model.build(variables, Kaiming.normal(1));
      List<Operand<?>> placeholders = new ArrayList<>();
      for (InputSpec input : model.blueprint().inputs()) {
        placeholders.add(tf.placeholder(input.type(), Placeholder.shape(anyBatch(input))));
      }
      Operand<TFloat32> logits =
          built.call(Pass.inference(tf), placeholders.stream().map(Value::of).toList()).logits();
      VariableSaver saver =
          VariableSaver.build(tf, variables.all().stream().map(Variable::weight).toList());
      try (Session session = new Session(graph)) {
        session.initialize();
        SessionVariables values = new SessionVariables(session, saver, variables.model());
        trained(values);
        export(folder, model, objective, values);
        Session.Runner runner = session.runner().fetch(logits);
        List<Tensor> inputs = inputs(model, ids);
        for (int i = 0; i < inputs.size(); i++) {
          runner.feed(placeholders.get(i), inputs.get(i));
        }
        try (Result result = runner.run()) {
          write(folder.resolveSibling(name + ".bin"), model, inputs, (TFloat32) result.get(0));
        }
        inputs.forEach(Tensor::close);
      }
    }
    assertTrue(Files.exists(folder.resolve("saved_model.pb")));
  }

  private static void export(
      Path folder, Model model, Objective objective, SessionVariables averages) throws IOException {
    TrainerOptions options = TrainerOptions.defaults().withAverageDecay(0.9);
    try (Trainer trainer = new Trainer(model, objective, Kaiming.normal(2), new Adam(), options)) {
      Map<String, float[]> values = new HashMap<>();
      for (Variable variable : averages.model()) {
        values.put("average/" + variable.name(), averages.value(variable.name()));
      }
      trainer.variables().assign(values);
      assertTrue(
          trainer.variables().all().stream()
              .anyMatch(each -> each.name().startsWith("optimizer/")));
      SavedModelExport.write(trainer, folder);
    }
  }

  /* Any values will do, so long as no bias, gain or moving average is as it began. */
  private static void trained(SessionVariables variables) {
    Random random = new Random(7);
    Map<String, float[]> values = new HashMap<>();
    for (Variable variable : variables.model()) {
      float[] value = variables.value(variable.name());
      for (int i = 0; i < value.length; i++) {
        value[i] += 0.1f * random.nextFloat();
      }
      values.put(variable.name(), value);
    }
    variables.assign(values);
  }

  private static List<Tensor> inputs(Model model, int ids) {
    Random random = new Random(5);
    List<Tensor> inputs = new ArrayList<>();
    for (InputSpec input : model.blueprint().inputs()) {
      Shape shape = shape(input);
      int size = (int) shape.size();
      if (input.type() == TFloat32.class) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
          values[i] = (float) random.nextGaussian();
        }
        inputs.add(TFloat32.tensorOf(shape, DataBuffers.of(values)));
      } else {
        int[] values = random.ints(size, 3, ids).toArray();
        inputs.add(TInt32.tensorOf(shape, DataBuffers.of(values)));
      }
    }
    return inputs;
  }

  private static Shape shape(InputSpec input) {
    return input.type() == TFloat32.class
        ? Shape.of(BATCH).append(input.shape())
        : Shape.of(BATCH, POSITIONS);
  }

  private static Shape anyBatch(InputSpec input) {
    return input.type() == TFloat32.class ? Shape.of(-1).append(input.shape()) : Shape.of(-1, -1);
  }

  private static void write(Path file, Model model, List<Tensor> inputs, TFloat32 logits)
      throws IOException {
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
      out.writeInt(inputs.size());
      for (int i = 0; i < inputs.size(); i++) {
        out.writeUTF(model.blueprint().inputs().get(i).name());
        out.writeBoolean(inputs.get(i) instanceof TFloat32);
        write(out, inputs.get(i));
      }
      write(out, logits);
    }
  }

  private static void write(DataOutputStream out, Tensor tensor) throws IOException {
    out.writeInt(tensor.shape().numDimensions());
    for (long dimension : tensor.shape().asArray()) {
      out.writeInt((int) dimension);
    }
    for (int i = 0; i < tensor.shape().size(); i++) {
      if (tensor instanceof TFloat32) {
        out.writeFloat(tensor.asRawTensor().data().asFloats().getFloat(i));
      } else {
        out.writeInt(tensor.asRawTensor().data().asInts().getInt(i));
      }
    }
  }
}
