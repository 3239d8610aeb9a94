import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
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
import org.tfemergence.emergence.callback.EmergenceBound;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.callback.EmergenceStopping;
import org.tfemergence.emergence.callback.Every;
import org.tfemergence.emergence.callback.ProbeBatch;
import org.tfemergence.emergence.callback.Sampling;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRun;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/** The same program with epochs, steps of the callbacks' own, and a rule that stops it. */
final class OwnSteps {
  private static final int EPOCHS = 30;
  private static final int BATCHES = 5;

  private final Placeholder<TFloat32> x;
  private final Placeholder<TFloat32> y;
  private final Operand<TFloat32> loss;
  private final Op update;
  private final TrainingGraph description;

  private OwnSteps(Graph graph) {
    Ops tf = Ops.create(graph);
    x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 784)));
    y = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 10)));
    Ops init = tf.withInitScope();
    Variable<TFloat32> kernel =
        init.variable(init.fill(init.constant(new int[] {784, 10}), init.constant(0.001f)));
    Operand<TFloat32> logits = tf.linalg.matMul(x, kernel);
    loss = tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(logits, y).loss(), tf.constant(0));
    update = new GradientDescent(graph, 0.1f).minimize(loss);
    var taps = ImmutableList.of(new Tap("logits", logits));
    description =
        new TrainingGraph(
                tf,
                Network.chain(List.of(new Layer("logits", 10, 7840))),
                ImmutableList.of(Weight.of(kernel)),
                taps,
                taps,
                update)
            .withInputs(ImmutableMap.of("images", x));
  }

  /** Trains; {@code watcher} stands for further callbacks. */
  static EmergenceHistory train(EmergenceBound bound, TrainingCallback watcher) {
    float[] pixels = OwnLoop.pixels(1000);
    // begin: callbacks-of-steps
    ProbeBatch batch = ProbeBatch.of("images", Shape.of(32, 784), pixels);
    EmergenceCallback emergence =
        EmergenceCallback.builder().sampling(Sampling.probe(batch, Every.epochs(1))).build();
    EmergenceStopping stopping = EmergenceStopping.when(emergence::history, bound).notBefore(5);
    List<TrainingCallback> callbacks = List.of(emergence, stopping, watcher);
    // end
    try (Graph graph = new Graph()) {
      OwnSteps program = new OwnSteps(graph);
      callbacks.forEach(callback -> callback.attach(program.description));
      try (Session session = new Session(graph)) {
        program.fit(session, callbacks, stopping);
      }
    }
    return emergence.history();
  }

  private void fit(Session session, List<TrainingCallback> callbacks, EmergenceStopping stopping) {
    // begin: epochs
    boolean stops = finishEpoch(session, callbacks, stopping, Step.beforeTraining());
    int number = 0;
    for (int epoch = 1; epoch <= EPOCHS && !stops; epoch++) {
      for (int batch = 1; batch <= BATCHES; batch++) {
        boolean first = batch == 1;
        boolean last = batch == BATCHES;
        Step step = new Step(Phase.TRAINING, ++number, epoch, first, last);
        update(session, callbacks, step);
        if (last) {
          stops = finishEpoch(session, callbacks, stopping, step.probe());
        } else {
          runCallbacks(session, callbacks, step.probe());
        }
      }
    }
    runCallbacks(session, callbacks, Step.end(number, number / BATCHES));
    // end
  }

  // begin: finish-epoch
  private boolean finishEpoch(
      Session session, List<TrainingCallback> callbacks, EmergenceStopping stopping, Step probe) {
    EpochResult result =
        new EpochResult(
            probe.epoch(), probe.number(), ImmutableMap.of("val_loss", validate(session)));
    callbacks.forEach(callback -> callback.completed(result));
    runCallbacks(session, callbacks, probe);
    return stopping.stop(result);
  }

  // end

  // begin: run-callbacks
  private static void runCallbacks(Session session, List<TrainingCallback> callbacks, Step step) {
    try (StepRun run = StepRun.ask(callbacks, step)) {
      run.runEach(session);
    }
  }

  // end

  private void update(Session session, List<TrainingCallback> callbacks, Step step) {
    try (TFloat32 images = images((int) step.number());
        TFloat32 labels = labels((int) step.number());
        StepRun extra = StepRun.ask(callbacks, step);
        Result result =
            extra.addTo(session.runner().feed(x, images).feed(y, labels).addTarget(update)).run()) {
      extra.deliver(result);
    }
  }

  /* Labels that do not fit the images: the longer it learns, the worse it gets. */
  private double validate(Session session) {
    try (TFloat32 images = images(1000);
        TFloat32 labels = labels(1003);
        Result result = session.runner().feed(x, images).feed(y, labels).fetch(loss).run()) {
      return ((TFloat32) result.get(0)).getFloat();
    }
  }

  private static TFloat32 images(int step) {
    return TFloat32.tensorOf(Shape.of(32, 784), DataBuffers.of(OwnLoop.pixels(step)));
  }

  private static TFloat32 labels(int step) {
    return TFloat32.tensorOf(Shape.of(32, 10), DataBuffers.of(OwnLoop.oneHot(step)));
  }
}
