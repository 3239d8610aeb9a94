package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.models.optimize.Optimizer;
import org.tfemergence.models.variable.SessionVariables;

/** The graph of a training, with its program, and the session that runs it, initialized. */
final class TrainingSession implements AutoCloseable {
  final TrainingProgram program;
  final Session session;
  private final Graph graph;

  TrainingSession(
      Learner learner,
      Optimizer optimizer,
      TrainerOptions options,
      List<TrainingCallback> callbacks) {
    graph = new Graph();
    try {
      program = new TrainingProgram(graph, learner, optimizer, options, callbacks);
      session = new Session(graph, options.hardware().session());
    } catch (RuntimeException | Error e) {
      graph.close();
      throw e;
    }
    try {
      session.initialize();
      program.averages.ifPresent(
          averages -> session.runner().addTarget(averages.start()).run().close());
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /**
   * Returns the variables with the values that the session gives them.
   *
   * @param set run when they are set from outside
   */
  SessionVariables variables(Runnable set) {
    return program.variables(session, set);
  }

  /** Finds the names of weights that are not finite. */
  ImmutableList<String> nonFinite() {
    try (Result result = session.runner().fetch(program.nonFinite).run()) {
      return program.nonFinite.read(result);
    }
  }

  /** Closes the session first: a graph waits for its sessions. */
  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
