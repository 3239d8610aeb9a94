package org.tfemergence.emergence.testing;

import com.google.common.collect.Iterators;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.core.Variable;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/** A graph with a session, for tests: build with {@link #tf}, then run. */
public final class GraphRun implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final ConfigProto config;
  private Session session;

  /** Makes an empty graph whose session has TensorFlow's own settings. */
  public GraphRun() {
    this(ConfigProto.getDefaultInstance());
  }

  /** Makes an empty graph whose session has the given settings. */
  public GraphRun(ConfigProto config) {
    this.config = config;
  }

  /** Returns where to add operations. */
  public Ops tf() {
    return tf;
  }

  /** Returns the graph. */
  public Graph graph() {
    return graph;
  }

  /** Returns the number of the graph's operations. */
  public int operations() {
    return Iterators.size(graph.operations());
  }

  /** Adds a resource variable that begins with the given values. */
  public VarHandleOp resource(String name, Shape shape, float... values) {
    VarHandleOp handle = tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    Ops init = tf.withInitScope();
    init.assignVariableOp(handle, constant(init, shape, values));
    return handle;
  }

  /** Adds a reference variable, named after its operation, that begins with the given values. */
  public Variable<TFloat32> reference(String name, Shape shape, float... values) {
    Variable<TFloat32> variable = tf.withName(name).variable(shape, TFloat32.class);
    Ops init = tf.withInitScope();
    init.assign(variable, constant(init, shape, values));
    return variable;
  }

  /** Adds a constant. */
  public Operand<TFloat32> constant(Shape shape, float... values) {
    return constant(tf, shape, values);
  }

  /** Returns the session, opened when it is first asked for. */
  public Session session() {
    if (session == null) {
      session = new Session(graph, config);
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

  private static Operand<TFloat32> constant(Ops tf, Shape shape, float... values) {
    return tf.constant(shape, DataBuffers.of(values));
  }

  /** Makes a tensor, to be closed by the caller. */
  public static TFloat32 tensor(Shape shape, float... values) {
    return TFloat32.tensorOf(shape, DataBuffers.of(values));
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
