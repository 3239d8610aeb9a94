package org.tfemergence.benchmarks;

import com.google.common.primitives.Longs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.vision.Vgg;
import org.tfemergence.prune.graph.Pruner;
import org.tfemergence.prune.mask.Allocation;

/**
 * Masks 70% of the kernels of VGG-19 by one threshold on request, so that another process can time
 * it beside PyTorch: a line with a number of times comes in, the seconds they took go out. Before
 * each time, which is not counted, the kernels are whole again.
 *
 * <p>{@code benchmarks/peers/compare.py global-mask} asks; {@code benchmarks/run global-mask}
 * answers.
 */
public final class GlobalMask {
  private static final double SPARSITY = 0.7;

  private final List<Weight> kernels = new ArrayList<>();
  private final List<Op> restored = new ArrayList<>();
  private final Ops tf;
  private final Op untouched;
  private final Pruner pruner;

  private GlobalMask(Graph graph) {
    tf = Ops.create(graph);
    for (Kernel kernel : Vgg.cifar(19, 10).kernels()) {
      Shape shape = Shape.of(Longs.toArray(kernel.shape()));
      Weight whole = variable("whole/" + kernel.name(), shape);
      Ops init = tf.withInitScope();
      whole.assign(init, Kaiming.normal(1).named(kernel.name()).call(init, shape));
      Weight pruned = variable(kernel.name(), shape);
      kernels.add(pruned);
      restored.add(pruned.assign(tf, whole.read(tf)));
    }
    untouched = tf.noOp();
    pruner = Pruner.build(tf, kernels, untouched, Allocation.GLOBAL);
    // Masks that keep everything, as before the first pruning.
    for (Weight mask : pruner.masks()) {
      restored.add(mask.assign(tf, tf.fill(tf.constant(mask.shape().asArray()), tf.constant(1f))));
    }
  }

  private Weight variable(String name, Shape shape) {
    return Weight.of(tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name)));
  }

  /**
   * Answers until its input ends.
   *
   * @param args none
   * @throws IOException if the input cannot be read
   */
  @SuppressWarnings("SystemOut") // a program's result
  public static void main(String[] args) throws IOException {
    try (Graph graph = new Graph()) {
      GlobalMask work = new GlobalMask(graph);
      System.out.printf(
          Locale.ROOT,
          "tf-emergence on TensorFlow %s, %,d weights%n",
          TensorFlow.version(),
          work.kernels.stream().mapToLong(Weight::size).sum());
      BufferedReader questions =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      try (Session session = new Session(graph);
          TInt32 keep = TInt32.vectorOf(work.pruner.keep(SPARSITY))) {
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
          System.out.println(work.seconds(session, keep, Integer.parseInt(line.trim())));
        }
      }
    }
  }

  private double seconds(Session session, TInt32 keep, int times) {
    long nanos = 0;
    for (int i = 0; i < times; i++) {
      Session.Runner whole = session.runner();
      restored.forEach(whole::addTarget);
      whole.run().close();
      long started = System.nanoTime();
      session.runner().feed(pruner.keep(), keep).fetch(pruner.prune()).run().close();
      nanos += System.nanoTime() - started;
    }
    return nanos * 1e-9;
  }
}
