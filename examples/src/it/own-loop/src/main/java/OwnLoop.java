import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Random;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.framework.optimizers.GradientDescent;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRun;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.Xavier;

/**
 * Plain Graph and Session, tf.variable, the framework's optimizer: a program that was there before.
 */
final class OwnLoop {
  private OwnLoop() {}

  static EmergenceHistory train(List<Float> lossOfEachStep) {
    // begin: loop
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Placeholder<TFloat32> x =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 784)));
      Placeholder<TFloat32> y = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 10)));
      Ops init = tf.withInitScope();
      Variable<TFloat32> w1 = init.variable(Kaiming.normal(1).call(init, Shape.of(784, 64)));
      Variable<TFloat32> w2 = init.variable(Xavier.uniform(2).call(init, Shape.of(64, 10)));
      Operand<TFloat32> hidden = tf.nn.relu(tf.linalg.matMul(x, w1));
      Operand<TFloat32> logits = tf.linalg.matMul(hidden, w2);
      Operand<TFloat32> losses = tf.nn.softmaxCrossEntropyWithLogits(logits, y).loss();
      Operand<TFloat32> loss = tf.math.mean(losses, tf.constant(0));
      Op update = new GradientDescent(graph, 0.1f).minimize(loss);

      Network network =
          Network.chain(List.of(new Layer("hidden", 64, 784 * 64), new Layer("logits", 10, 640)));
      var weights = ImmutableList.of(Weight.of(w1), Weight.of(w2));
      var taps = ImmutableList.of(new Tap("hidden", hidden), new Tap("logits", logits));
      EmergenceCallback emergence = EmergenceCallback.builder().everyTrainingSteps(10).build();
      emergence.attach(new TrainingGraph(tf, network, weights, taps, taps, update));

      try (Session session = new Session(graph)) {
        for (int step = 1; step <= 40; step++) {
          Step now = new Step(Phase.TRAINING, step, 1, step == 1, step == 40);
          try (TFloat32 images = images(step);
              TFloat32 labels = labels(step);
              StepRun extra = StepRun.ask(List.of(emergence), now);
              Result result =
                  extra
                      .addTo(session.runner().feed(x, images).feed(y, labels).fetch(loss))
                      .addTarget(update)
                      .run()) {
            lossOfEachStep.add(((TFloat32) result.get(0)).getFloat());
            extra.deliver(result);
          }
        }
      }
      return emergence.history();
    }
    // end
  }

  private static TFloat32 images(int step) {
    return TFloat32.tensorOf(Shape.of(32, 784), DataBuffers.of(pixels(step)));
  }

  private static TFloat32 labels(int step) {
    return TFloat32.tensorOf(Shape.of(32, 10), DataBuffers.of(oneHot(step)));
  }

  /** Noise in which the pixels of the example's class are brighter. */
  static float[] pixels(int step) {
    Random random = new Random(step);
    float[] pixels = new float[32 * 784];
    for (int i = 0; i < pixels.length; i++) {
      int label = (i / 784 + step) % 10;
      pixels[i] = 0.5f * random.nextFloat() + (i % 784 % 10 == label ? 0.5f : 0);
    }
    return pixels;
  }

  static float[] oneHot(int step) {
    float[] oneHot = new float[32 * 10];
    for (int i = 0; i < 32; i++) {
      oneHot[10 * i + (i + step) % 10] = 1;
    }
    return oneHot;
  }
}
