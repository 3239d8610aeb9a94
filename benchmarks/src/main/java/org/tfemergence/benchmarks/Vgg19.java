package org.tfemergence.benchmarks;

import com.google.common.collect.ImmutableList;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.Kaiming;

/**
 * VGG-19 for pictures of 32 x 32 (20,029,514 parameters) as a hand-written graph with random input,
 * a gradient descent step, taps on all layers, and a step that prunes 70% of each kernel.
 */
final class Vgg19 {
  private static final int[][] BLOCKS = {{64, 2}, {128, 2}, {256, 4}, {512, 4}, {512, 4}};
  private static final int CLASSES = 10;

  final Network network;
  final List<Tap> taps = new ArrayList<>();
  final Map<String, Weight> kernels = new HashMap<>();
  final Operand<TFloat32> loss;
  final Op update;
  final Op prune;

  private final Ops tf;
  private final List<VarHandleOp> weights = new ArrayList<>();
  private final MutableValueGraph<Layer, Wiring> wiring = ValueGraphBuilder.directed().build();
  private final List<Op> prunings = new ArrayList<>();
  private Layer last;

  Vgg19(Graph graph, int batch) {
    tf = Ops.create(graph);
    Operand<TFloat32> x = fixed("pictures", random(Shape.of(batch, 32, 32, 3), 1));
    long size = 32;
    long channels = 3;
    int number = 0;
    for (int[] block : BLOCKS) {
      for (int i = 0; i < block[1]; i++) {
        x = convolution("conv_" + ++number, x, size, channels, block[0]);
        channels = block[0];
      }
      x = tf.nn.maxPool(x, ints(1, 2, 2, 1), ints(1, 2, 2, 1), "VALID");
      size /= 2;
      Layer pool = Layer.wiring("pool_" + number, ImmutableList.of(size, size, channels));
      wiring.putEdgeValue(last, pool, new Wiring.Pooling(Window.valid(2, 2)));
      last = pool;
    }
    Operand<TFloat32> flat = tf.reshape(x, tf.constant(new int[] {-1, (int) channels}));
    Operand<TFloat32> logits = dense("logits", flat, channels);
    int[] classes = IntStream.range(0, batch).map(i -> i % CLASSES).toArray();
    Operand<TFloat32> labels =
        tf.oneHot(tf.constant(classes), tf.constant(CLASSES), tf.constant(1f), tf.constant(0f));
    loss = tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(logits, labels).loss(), tf.constant(0));
    network = Network.of(wiring);
    prune = tf.withControlDependencies(prunings).noOp();
    update = gradientDescent(graph);
  }

  private Operand<TFloat32> convolution(
      String name, Operand<TFloat32> x, long size, long in, long out) {
    Operand<TFloat32> kernel = kernel(name, Shape.of(3, 3, in, out));
    Operand<TFloat32> bias = weight(name + "/bias", Shape.of(out));
    Operand<TFloat32> y =
        tf.nn.relu(tf.nn.biasAdd(tf.nn.conv2d(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME"), bias));
    taps.add(new Tap(name, y));
    Layer layer =
        new Layer(name, ImmutableList.of(size, size, out), 9 * in * out + out, Layer.Role.COUNTED);
    connect(layer, new Wiring.Convolution(Window.same(3, 1, size, size), 1));
    return y;
  }

  private Operand<TFloat32> dense(String name, Operand<TFloat32> x, long in) {
    Operand<TFloat32> kernel = kernel(name, Shape.of(in, CLASSES));
    Operand<TFloat32> y =
        tf.nn.biasAdd(tf.linalg.matMul(x, kernel), weight(name + "/bias", Shape.of(CLASSES)));
    taps.add(new Tap(name, y));
    connect(new Layer(name, CLASSES, (in + 1) * CLASSES), new Wiring.Dense());
    return y;
  }

  private void connect(Layer layer, Wiring how) {
    if (last == null) {
      wiring.addNode(layer);
    } else {
      wiring.putEdgeValue(last, layer, how);
    }
    last = layer;
  }

  private Operand<TFloat32> kernel(String layer, Shape shape) {
    Operand<TFloat32> read = weight(layer + "/kernel", shape);
    VarHandleOp handle = weights.get(weights.size() - 1);
    kernels.put(layer, Weight.of(handle));
    Operand<TFloat32> drawn =
        tf.random.statelessRandomUniform(
            tf.constant(shape.asArray()), tf.constant(new long[] {layer.hashCode(), 0}));
    Operand<TFloat32> mask =
        tf.dtypes.cast(tf.math.greater(drawn, tf.constant(0.7f)), TFloat32.class);
    prunings.add(tf.assignVariableOp(handle, tf.math.mul(read, mask)));
    return read;
  }

  private Operand<TFloat32> weight(String name, Shape shape) {
    VarHandleOp handle = tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    Ops init = tf.withInitScope();
    init.assignVariableOp(
        handle,
        shape.numDimensions() > 1
            ? Kaiming.normal(1).named(name).call(init, shape)
            : init.fill(init.constant(shape.asArray()), init.constant(0f)));
    weights.add(handle);
    return tf.readVariableOp(handle, TFloat32.class);
  }

  private Op gradientDescent(Graph graph) {
    Output<?>[] gradients =
        graph.addGradients(
            loss.asOutput(), weights.stream().map(VarHandleOp::asOutput).toArray(Output[]::new));
    List<Op> updates = new ArrayList<>();
    for (int i = 0; i < gradients.length; i++) {
      Operand<TFloat32> gradient = gradients[i].op().output(gradients[i].index());
      updates.add(
          tf.train.resourceApplyGradientDescent(weights.get(i), tf.constant(0.001f), gradient));
    }
    return tf.withControlDependencies(updates).noOp();
  }

  /* Values that are the same in each run, and that the optimizer cannot know beforehand. */
  private Operand<TFloat32> fixed(String name, Operand<TFloat32> values) {
    VarHandleOp handle =
        tf.varHandleOp(TFloat32.class, values.asOutput().shape(), VarHandleOp.sharedName(name));
    tf.withInitScope().assignVariableOp(handle, values);
    return tf.readVariableOp(handle, TFloat32.class);
  }

  private Operand<TFloat32> random(Shape shape, long seed) {
    Ops init = tf.withInitScope();
    return init.random.statelessRandomUniform(
        init.constant(shape.asArray()), init.constant(new long[] {seed, 0}));
  }

  private Operand<TInt32> ints(int... values) {
    return tf.constant(values);
  }
}
