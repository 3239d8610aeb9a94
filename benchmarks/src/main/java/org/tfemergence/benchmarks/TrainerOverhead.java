package org.tfemergence.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
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
 * Prints how much longer a step of the trainer takes than one of a loop written by hand for the one
 * purpose: the same network (VGG-19 for images of 32 x 32), batches of 128, gradient descent, in
 * pairs that run in turn; and the resident memory of the trainer alone.
 */
public final class TrainerOverhead {
  private static final int BATCH = 128;
  private static final int BATCHES = 3;
  private static final int WARM_UP = 2;
  private static final int PAIRS = Integer.getInteger("pairs", 100);
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
    LabeledData data = images(BATCHES * BATCH);
    TrainerOptions options = new TrainerOptions(BATCH, BATCH, Schedule.constant(RATE), 1);
    Turns turns = new Turns();
    try (Trainer trainer = new Trainer(MODEL, Kaiming.normal(1), new Sgd(), options, turns)) {
      fit(trainer, data, WARM_UP);
      System.out.printf(
          Locale.ROOT, "the trainer alone takes at most %d MiB%n", ProcessMemory.peak());
      try (ByHand byHand = new ByHand(data)) {
        byHand.step();
        turns.with(byHand);
        fit(trainer, data, WARM_UP + PAIRS + 1);
        System.out.println(turns.pairs().told("a step by hand", "of the trainer"));
      }
    }
  }

  /* Evaluations have no part in it. */
  private static void fit(Trainer trainer, LabeledData data, long steps) {
    trainer.fit(
        FitPlan.of(data, images(1), Extent.steps(steps)).withEvaluateEvery(Extent.steps(1L << 40)));
  }

  /**
   * Lets the loop by hand take its steps between those of the trainer, which are timed from one
   * request to the next: two at a time, so that either is first in every other pair.
   */
  private static final class Turns implements TrainingCallback {
    private final List<Pairs.Taken> trainers = new ArrayList<>();
    private final List<Pairs.Taken> byHand = new ArrayList<>();
    private Optional<ByHand> other = Optional.empty();
    private Pairs.Clock left;

    void with(ByHand loop) {
      other = Optional.of(loop);
      left = Pairs.Clock.now();
    }

    Pairs pairs() {
      return new Pairs(byHand, trainers.subList(1, trainers.size()));
    }

    @Override
    public void attach(TrainingGraph graph) {}

    @Override
    public StepRequest request(Step step) {
      if (step.phase() == Phase.TRAINING) {
        other.ifPresent(this::turn);
      }
      return StepRequest.NOTHING;
    }

    private void turn(ByHand loop) {
      trainers.add(left.taken()); // the first is no step, but what was before it
      if (trainers.size() % 2 == 0) {
        byHand.add(Pairs.Taken.by(loop::step));
        byHand.add(Pairs.Taken.by(loop::step));
      }
      left = Pairs.Clock.now();
    }
  }

  /** The loop as one would write it for one network. */
  private static final class ByHand implements AutoCloseable {
    private final Graph graph = new Graph();
    private final Session session;
    private final Placeholder<TFloat32> images;
    private final Placeholder<TInt32> labels;
    private final Operand<TFloat32> loss;
    private final Op update;
    private final LabeledData data;
    private Iterator<int[]> batches = Collections.emptyIterator();

    ByHand(LabeledData data) {
      this.data = data;
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

    void step() {
      if (!batches.hasNext()) {
        batches = data.inOrder(BATCH).iterator();
      }
      Batch batch = data.gather(batches.next());
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
}
