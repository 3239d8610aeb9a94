package org.tfemergence.models.testing;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.VariableSaver;
import org.tfemergence.models.variable.Variables;

/** A model's variables in a session, without a training. */
public final class OpenModel implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Session session;
  private final SessionVariables variables;
  private final List<Placeholder<?>> inputs = new ArrayList<>();
  private final Operand<TFloat32> logits;

  /**
   * Builds and initializes a model.
   *
   * @param model the model
   * @param scheme how
   */
  public OpenModel(Model model, InitScheme scheme) {
    Ops tf = Ops.create(graph);
    Variables all = Variables.initialized(tf);
    Model.Built built = model.build(all, scheme);
    for (InputSpec input : model.blueprint().inputs()) {
      inputs.add(
          tf.placeholder(
              input.type(),
              Placeholder.shape(
                  input.type() == TFloat32.class
                      ? Shape.of(-1).append(input.shape())
                      : Shape.of(-1, -1))));
    }
    logits = built.call(Pass.inference(tf), inputs.stream().map(Value::of).toList()).logits();
    VariableSaver saver =
        VariableSaver.build(tf, all.all().stream().map(Variable::weight).toList());
    session = new Session(graph);
    session.initialize();
    variables = new SessionVariables(session, saver, all.model());
  }

  /** Returns the variables. */
  public SessionVariables variables() {
    return variables;
  }

  /** Evaluates the model. */
  public float[] logits(Tensor... values) {
    Session.Runner runner = session.runner().fetch(logits);
    for (int i = 0; i < values.length; i++) {
      runner.feed(inputs.get(i), values[i]);
    }
    try (Result result = runner.run()) {
      return GraphRun.floats((TFloat32) result.get(0));
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
