package org.tfemergence.emergence.testing;

import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/** A graph with a session, for tests: build with {@link #tf}, then run. */
public final class GraphRun implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private Session session;

  /** Returns where to add operations. */
  public Ops tf() {
    return tf;
  }

  /** Returns the graph. */
  public Graph graph() {
    return graph;
  }

  /** Returns the session, opened when it is first asked for. */
  public Session session() {
    if (session == null) {
      session = new Session(graph);
    }
    return session;
  }

  /** Runs an operation. */
  public void run(Op target) {
    session().run(target);
  }

  /** Computes a float32 tensor, in row-major order. */
  public float[] floats(Operand<TFloat32> output) {
    try (Result result = session().runner().fetch(output).run()) {
      return floats((TFloat32) result.get(0));
    }
  }

  /** Computes a float64 tensor, in row-major order. */
  public double[] doubles(Operand<TFloat64> output) {
    try (Result result = session().runner().fetch(output).run()) {
      return doubles((TFloat64) result.get(0));
    }
  }

  /** Copies a tensor. */
  public static float[] floats(TFloat32 tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }

  /** Copies a tensor. */
  public static double[] doubles(TFloat64 tensor) {
    double[] values = new double[(int) tensor.size()];
    tensor.asRawTensor().data().asDoubles().read(values);
    return values;
  }

  @Override
  public void close() {
    if (session != null) {
      session.close();
    }
    graph.close();
  }
}
