package org.tfemergence.models.testing;

import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.VariableSaver;
import org.tfemergence.models.variable.Variables;

/** A model's variables in a session, without a training. */
public final class OpenModel implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Session session;
  private final SessionVariables variables;

  /**
   * Builds and initializes a model.
   *
   * @param model the model
   * @param scheme how
   */
  public OpenModel(Model model, InitScheme scheme) {
    Ops tf = Ops.create(graph);
    Variables all = Variables.initialized(tf);
    model.build(all, scheme);
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

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
