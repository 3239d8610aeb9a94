package org.tfemergence.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.Batch;
import org.tfemergence.models.data.HostArray;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.fit.Extent;
import org.tfemergence.models.fit.FitPlan;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.variable.Variables;
import org.tfemergence.models.vision.Vgg;

/**
 * Prints how much longer the trainer takes than a loop written by hand for the one purpose: the
 * same network (VGG-19 for images of 32 x 32), batches of 128, gradient descent, in pairs that run
 * in turn; and the resident memory of the trainer alone.
 */
public final class TrainerOverhead {
  private static final int BATCH = 128;
  private static final int STEPS = 3;
  private static final int PAIRS = Integer.getInteger("pairs", 25);
  private static final float RATE = 1e-4f;
  private static final Model MODEL = Vgg.cifar(19, 10);

  private TrainerOverhead() {}

  /**
   * Prints the median of the pairs' ratios.
   *
   * @param args none
   * @throws IOException if the process's status cannot be read
   */
  @SuppressWarnings("SystemOut") // a program's result
  public static void main(String[] args) throws IOException {
    LabeledData data = images(STEPS * BATCH);
    LabeledData one = images(1); // the trainer evaluates at the end of each part
    TrainerOptions options = new TrainerOptions(BATCH, BATCH, Schedule.constant(RATE), 1);
    try (Trainer trainer = new Trainer(MODEL, Kaiming.normal(1), new Sgd(), options)) {
      ours(trainer, data, one);
      System.out.printf(Locale.ROOT, "trainer alone: %s%n", peakMemory());
      try (ByHand byHand = new ByHand()) {
        Pairs pairs = Pairs.of(PAIRS, () -> byHand.train(data), () -> ours(trainer, data, one));
        System.out.println(pairs.told(STEPS + " steps by hand", "by the trainer"));
      }
    }
  }

  private static void ours(Trainer trainer, LabeledData data, LabeledData one) {
    trainer.fit(FitPlan.of(data, one, Extent.epochs(trainer.epoch() + 1)));
  }

  /** The loop as one would write it for one network. */
  private static final class ByHand implements AutoCloseable {
    private final Graph graph = new Graph();
    private final Session session;
    private final Placeholder<TFloat32> images;
    private final Placeholder<TInt32> labels;
    private final Operand<TFloat32> loss;
    private final Op update;

    ByHand() {
      Ops tf = Ops.create(graph);
      images = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 32, 32, 3)));
      labels = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
      Variables variables = Variables.initialized(tf);
      Model.Built built = MODEL.build(variables, Kaiming.normal(1));
      Operand<TFloat32> logits =
          built.call(Pass.training(tf, 1, tf.constant(0L)), List.of(Value.of(images))).logits();
      Operand<TFloat32> oneHot =
          tf.oneHot(labels, tf.constant(10), tf.constant(1f), tf.constant(0f));
      loss =
          tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(logits, oneHot).loss(), tf.constant(0));
      update =
          new Sgd()
              .update(
                  tf,
                  variables,
                  Gradient.of(graph, loss, variables.trainable()),
                  tf.constant(RATE));
      session = new Session(graph);
      session.initialize();
    }

    void train(LabeledData data) {
      for (int[] examples : data.inOrder(BATCH)) {
        Batch batch = data.gather(examples);
        float[] pixels = ((HostArray.Floats) batch.inputs().get(0)).values();
        try (TFloat32 x = TFloat32.tensorOf(Shape.of(BATCH, 32, 32, 3), DataBuffers.of(pixels));
            TInt32 y = TInt32.tensorOf(Shape.of(BATCH), DataBuffers.of(batch.labels().values()));
            Result result =
                session
                    .runner()
                    .feed(images, x)
                    .feed(labels, y)
                    .fetch(loss)
                    .addTarget(update)
                    .run()) {
          float value = ((TFloat32) result.get(0)).getFloat();
          if (!Float.isFinite(value)) {
            throw new IllegalStateException("loss is " + value);
          }
        }
      }
    }

    @Override
    public void close() {
      session.close();
      graph.close();
    }
  }

  private static LabeledData images(int count) {
    Random random = new Random(1);
    float[] pixels = new float[count * 32 * 32 * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    return new LabeledData(pixels, random.ints(count, 0, 10).toArray(), 10);
  }

  private static String peakMemory() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return line;
      }
    }
    return "no VmHWM";
  }
}
