package org.tfemergence.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.fit.Precision;
import org.tfemergence.models.layer.LayerSpec;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/** Layers of sliding windows, many in one graph, on drawn maps and with drawn kernels. */
final class SlidingRun {
  private static final int FOREIGN = 1 << 24; // values, 64 MiB

  /**
   * What TensorFlow makes of a geometry: of maps, of a kernel (empty without one), of weights for a
   * sum of the outputs, the output and the sum's gradients.
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Computed(
      Geometry geometry,
      float[] input,
      float[] kernel,
      float[] weights,
      float[] output,
      float[] byInput,
      float[] byKernel) {}

  /** A geometry in the graph. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  private record Part(
      Geometry geometry,
      float[] input,
      float[] kernel,
      float[] weights,
      Placeholder<TFloat32> maps,
      Placeholder<TFloat32> weighing,
      Operand<TFloat32> output,
      Optional<Variable> variable) {}

  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final Random random = new Random(7);
  private final List<Part> parts = new ArrayList<>();
  private final List<Op> assignments = new ArrayList<>();

  private SlidingRun() {}

  /** Computes layers and their gradients. */
  static List<Computed> of(List<Geometry> geometries, Precision precision) {
    SlidingRun run = new SlidingRun();
    try (Graph closed = run.graph) {
      Placeholder<TInt32> size = run.tf.placeholder(TInt32.class);
      Operand<TFloat32> foreign =
          run.tf.reduceMax(run.tf.fill(size, run.tf.constant(Float.NaN)), run.tf.constant(0));
      geometries.forEach(geometry -> run.add(geometry, precision));
      Output<?>[] gradients = run.gradients();
      try (Session session = new Session(closed, config(precision));
          TInt32 many = TInt32.vectorOf(FOREIGN)) {
        session.initialize();
        run.assignments.forEach(session::run);
        // What is read from memory that is not the operation's is NaN then.
        session.runner().feed(size, many).fetch(foreign).run().close();
        return run.compute(session, gradients);
      }
    }
  }

  private void add(Geometry geometry, Precision precision) {
    int index = parts.size();
    Ops scope = tf.withSubScope("geometry" + index);
    Placeholder<TFloat32> maps =
        scope.placeholder(TFloat32.class, Placeholder.shape(geometry.inputs()));
    Placeholder<TFloat32> weighing =
        scope.placeholder(TFloat32.class, Placeholder.shape(geometry.output()));
    boolean kernel = geometry.kernel().isPresent();
    Variables variables = Variables.initialized(scope);
    LayerSpec.Built built =
        geometry.layer().build(variables, Kaiming.normal(1), List.of(geometry.map()));
    float[] drawn = new float[0];
    if (kernel) {
      Shape shape = geometry.kernel().orElseThrow();
      drawn = integers(shape, 2);
      assignments.add(
          built
              .kernel()
              .orElseThrow()
              .weight()
              .assign(scope, scope.constant(shape, DataBuffers.of(drawn))));
    }
    Operand<TFloat32> x =
        !kernel && precision == Precision.BFLOAT16 ? unchanged(scope, geometry, maps) : maps;
    Pass pass = Pass.inference(scope);
    Pass computed = precision == Precision.BFLOAT16 ? pass.inBfloat16() : pass;
    Operand<TFloat32> output = built.call(computed, List.of(Value.of(x))).output().floats();
    parts.add(
        new Part(
            geometry,
            geometry.greatest() ? distinct(geometry.inputs()) : integers(geometry.inputs(), 3),
            drawn,
            integers(geometry.output(), 2),
            maps,
            weighing,
            scope.identity(output), // what is fetched itself is never computed in bfloat16
            built.kernel()));
  }

  /* Only behind a convolution is pooling computed in bfloat16; of an even number of channels. */
  private static Operand<TFloat32> unchanged(Ops tf, Geometry geometry, Operand<TFloat32> maps) {
    int channels = (int) geometry.map().get(2);
    int even = channels + channels % 2;
    float[] identity = new float[even * even];
    for (int i = 0; i < even; i++) {
      identity[i * even + i] = 1;
    }
    int[][] beside = {{0, 0}, {0, 0}, {0, 0}, {0, channels % 2}};
    return tf.slice(
        tf.nn.conv2d(
            tf.pad(maps, tf.constant(beside), tf.constant(0f)),
            tf.constant(Shape.of(1, 1, even, even), DataBuffers.of(identity)),
            List.of(1L, 1L, 1L, 1L),
            "VALID"),
        tf.constant(new int[4]),
        tf.constant(new int[] {-1, -1, -1, channels}));
  }

  private Output<?>[] gradients() {
    List<Operand<TFloat32>> sums = new ArrayList<>();
    List<Output<?>> by = new ArrayList<>();
    for (Part part : parts) {
      sums.add(
          tf.reduceSum(
              tf.math.mul(part.output(), part.weighing()), tf.constant(new int[] {0, 1, 2, 3})));
      by.add(part.maps().asOutput());
      part.variable().ifPresent(variable -> by.add(variable.handle().asOutput()));
    }
    Output<?>[] gradients =
        graph.addGradients(tf.math.addN(sums).asOutput(), by.toArray(Output<?>[]::new));
    return Arrays.stream(gradients)
        .map(gradient -> tf.identity(gradient.expect(TFloat32.class)).asOutput())
        .toArray(Output<?>[]::new);
  }

  private List<Computed> compute(Session session, Output<?>[] gradients) {
    Session.Runner runner = session.runner();
    List<TFloat32> fed = new ArrayList<>();
    for (Part part : parts) {
      fed.add(TFloat32.tensorOf(part.geometry().inputs(), DataBuffers.of(part.input())));
      runner.feed(part.maps(), fed.get(fed.size() - 1));
      fed.add(TFloat32.tensorOf(part.geometry().output(), DataBuffers.of(part.weights())));
      runner.feed(part.weighing(), fed.get(fed.size() - 1));
      runner.fetch(part.output());
    }
    Arrays.stream(gradients).forEach(runner::fetch);
    List<Computed> computed = new ArrayList<>();
    try (Result result = runner.run()) {
      int gradient = parts.size();
      for (int i = 0; i < parts.size(); i++) {
        Part part = parts.get(i);
        float[] byInput = values(result, gradient++);
        computed.add(
            new Computed(
                part.geometry(),
                part.input(),
                part.kernel(),
                part.weights(),
                values(result, i),
                byInput,
                part.variable().isPresent() ? values(result, gradient++) : new float[0]));
      }
    } finally {
      fed.forEach(TFloat32::close);
    }
    return computed;
  }

  private static float[] values(Result result, int index) {
    TFloat32 tensor = (TFloat32) result.get(index);
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }

  private float[] integers(Shape shape, int greatest) {
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(2 * greatest + 1) - greatest;
    }
    return values;
  }

  /* No two are alike that a window of 5 x 5 may see; in half of the channels all are negative. */
  private float[] distinct(Shape shape) {
    float[] values = new float[(int) shape.size()];
    int factor = 2 * random.nextInt(32) + 1;
    for (int i = 0; i < values.length; i++) {
      long channel = i % shape.get(3);
      long x = i / shape.get(3) % shape.get(2);
      long y = i / shape.get(3) / shape.get(2) % shape.get(1);
      values[i] = (y % 8 * 8 + x % 8 + channel) * factor % 64 - (channel % 2 == 0 ? 31 : 64);
    }
    return values;
  }

  private static ConfigProto config(Precision precision) {
    RewriterConfig.Builder rewriting = RewriterConfig.newBuilder();
    if (precision == Precision.BFLOAT16) { // as a trainer's session has it
      rewriting.setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON);
    }
    return ConfigProto.newBuilder()
        .setGraphOptions(GraphOptions.newBuilder().setRewriteOptions(rewriting))
        .build();
  }
}
