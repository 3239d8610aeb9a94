package org.tfemergence.emergence.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRun;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * A small network that a user might have: hand-written layers, gradient descent with momentum and a
 * plain session loop, on made-up data. Everything it does is determined by its seed.
 */
public final class TinyTraining implements AutoCloseable {
  /** The two kinds of TensorFlow variables. */
  public enum Kind {
    /** {@code tf.variable}. */
    REFERENCE,
    /** {@code tf.varHandleOp}. */
    RESOURCE
  }

  /** Inputs, the units of both hidden layers, outputs. */
  private static final int[] SIZES = {6, 9, 7, 3};

  private static final ImmutableList<String> NAMES = ImmutableList.of("first", "second", "logits");
  private static final float RATE = 0.05f;
  private static final float MOMENTUM = 0.9f;

  private final GraphRun run = new GraphRun();
  private final Kind kind;
  private final Random random;
  private final Placeholder<TFloat32> input;
  private final Placeholder<TFloat32> target;
  private final List<Weight> weights = new ArrayList<>();
  private final ImmutableList<Operand<TFloat32>> values;
  private final ImmutableList<Tap> taps;
  private final TrainingGraph graph;
  private final List<TrainingCallback> callbacks = new ArrayList<>();
  private long step;

  /** Builds the network, its gradients and its update. */
  public TinyTraining(Kind kind, long seed) {
    this.kind = kind;
    this.random = new Random(seed);
    Ops tf = run.tf();
    input = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, SIZES[0])));
    target = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, SIZES[3])));
    List<Operand<TFloat32>> reads = new ArrayList<>();
    ImmutableList.Builder<Tap> built = ImmutableList.builder();
    ImmutableList.Builder<Layer> layers = ImmutableList.builder();
    Operand<TFloat32> x = input;
    for (int i = 0; i < NAMES.size(); i++) {
      Operand<TFloat32> kernel = weight(NAMES.get(i) + "_kernel", SIZES[i], SIZES[i + 1]);
      Operand<TFloat32> bias = weight(NAMES.get(i) + "_bias", SIZES[i + 1]);
      reads.add(kernel);
      reads.add(bias);
      x = tf.math.add(tf.linalg.matMul(x, kernel), bias);
      x = i == 2 ? x : tf.nn.relu(x);
      built.add(new Tap(NAMES.get(i), x));
      layers.add(new Layer(NAMES.get(i), SIZES[i + 1], (SIZES[i] + 1L) * SIZES[i + 1]));
    }
    taps = built.build();
    Operand<TFloat32> loss =
        tf.math.mean(tf.math.square(tf.math.sub(x, target)), tf.constant(new int[] {0, 1}));
    graph =
        new TrainingGraph(
                tf,
                Network.chain(layers.build()),
                ImmutableList.copyOf(weights),
                taps,
                taps,
                momentum(loss, reads))
            .withKernels(kernels())
            .withInputs(ImmutableMap.of("input", input));
    values = weights.stream().map(w -> w.read(tf)).collect(ImmutableList.toImmutableList());
  }

  /** Returns the graph as callbacks see it. */
  public TrainingGraph graph() {
    return graph;
  }

  /**
   * Returns the graph as if its first layer had a normalization, before which no value is above
   * zero: the activations, at most 1, less 1.
   */
  public TrainingGraph normalized() {
    Ops tf = run.tf();
    Operand<TFloat32> output =
        tf.math.sub(tf.math.minimum(taps.get(0).activations(), tf.constant(1f)), tf.constant(1f));
    ImmutableList<Tap> with =
        ImmutableList.of(taps.get(0).withKernelOutput(output), taps.get(1), taps.get(2));
    return new TrainingGraph(tf, graph.network(), graph.weights(), with, with, graph.update())
        .withInputs(graph.inputs());
  }

  /** Returns the graph as if it tapped no layer in training, or in all other phases. */
  public TrainingGraph untapped(Phase phase) {
    return new TrainingGraph(
        run.tf(),
        graph.network(),
        graph.weights(),
        phase == Phase.TRAINING ? ImmutableList.of() : taps,
        phase == Phase.TRAINING ? taps : ImmutableList.of(),
        graph.update());
  }

  /** Returns the run. */
  public GraphRun run() {
    return run;
  }

  /** Attaches a callback; all must be attached before the first step. */
  public void attach(TrainingCallback callback) {
    attach(callback, graph);
  }

  /** Attaches a callback to another description of the graph. */
  public void attach(TrainingCallback callback, TrainingGraph described) {
    callback.attach(described);
    callbacks.add(callback);
  }

  /** Does one update and returns the activations it saw, layer by layer. */
  public float[][] update(int examples) {
    step++;
    return step(new Step(Phase.TRAINING, step, 1, step == 1, false), examples, true);
  }

  /** Runs an evaluation pass of several batches and returns each one's activations. */
  public List<float[][]> evaluate(int... batches) {
    List<float[][]> seen = new ArrayList<>();
    for (int i = 0; i < batches.length; i++) {
      Step look = new Step(Phase.EVALUATION, step, 1, i == 0, i == batches.length - 1);
      seen.add(step(look, batches[i], false));
    }
    return seen;
  }

  /** Tells all callbacks of a result. */
  public void tell(EpochResult result) {
    callbacks.forEach(callback -> callback.completed(result));
  }

  /** Runs a step between updates, for the callbacks alone. */
  public void probe() {
    own(Phase.PROBE);
  }

  /** Runs the step at the end. */
  public void end() {
    own(Phase.END);
  }

  private void own(Phase phase) {
    try (StepRun own = StepRun.ask(callbacks, new Step(phase, step, 1, step == 0, true))) {
      own.runEach(run.session());
    }
  }

  /** Returns copies of all weights, kernel and bias by turns. */
  public List<float[]> weights() {
    return values.stream().map(run::floats).toList();
  }

  @Override
  public void close() {
    run.close();
  }

  private float[][] step(Step now, int examples, boolean update) {
    try (TFloat32 x = GraphRun.tensor(Shape.of(examples, SIZES[0]), draw(examples * SIZES[0]));
        TFloat32 y = GraphRun.tensor(Shape.of(examples, SIZES[3]), draw(examples * SIZES[3]));
        StepRun extra = StepRun.ask(callbacks, now)) {
      Session.Runner runner = run.session().runner().feed(input, x).feed(target, y);
      if (update) {
        runner.addTarget(graph.update());
      }
      taps.forEach(tap -> runner.fetch(tap.activations()));
      try (Result result = extra.addTo(runner).run()) {
        float[][] activations = new float[taps.size()][];
        for (int i = 0; i < activations.length; i++) {
          activations[i] = GraphRun.floats((TFloat32) result.get(i));
        }
        extra.deliver(result);
        return activations;
      }
    }
  }

  /* Every variable is written only when all gradients are known, since a reference variable is
   * read where it lies. */
  private Op momentum(Operand<TFloat32> loss, List<Operand<TFloat32>> reads) {
    Output<?>[] by = reads.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
    Output<?>[] gradients = run.graph().addGradients(loss.asOutput(), by);
    List<Op> known = new ArrayList<>();
    List<Operand<TFloat32>> gradient = new ArrayList<>();
    for (Output<?> output : gradients) {
      Operand<TFloat32> g = output.expect(TFloat32.class);
      gradient.add(g);
      known.add(run.tf().identity(g));
    }
    Ops tf = run.tf().withControlDependencies(known);
    List<Op> written = new ArrayList<>();
    for (int i = 0; i < gradient.size(); i++) {
      Weight weight = weights.get(i);
      Weight slot =
          variable(weight.name() + "_slot", weight.shape(), new float[(int) weight.size()]);
      Operand<TFloat32> speed =
          tf.math.add(tf.math.mul(slot.read(tf), tf.constant(MOMENTUM)), gradient.get(i));
      written.add(slot.assign(tf, speed));
      written.add(
          weight.assign(tf, tf.math.sub(weight.read(tf), tf.math.mul(speed, tf.constant(RATE)))));
    }
    return run.tf().withControlDependencies(written).noOp();
  }

  /* Kernels and biases take turns. */
  private ImmutableMap<String, Weight> kernels() {
    ImmutableMap.Builder<String, Weight> kernels = ImmutableMap.builder();
    for (int i = 0; i < NAMES.size(); i++) {
      kernels.put(NAMES.get(i), weights.get(2 * i));
    }
    return kernels.buildOrThrow();
  }

  private Operand<TFloat32> weight(String name, long... dimensions) {
    Shape shape = Shape.of(dimensions);
    Weight weight = variable(name, shape, draw((int) shape.size()));
    weights.add(weight);
    return weight.read(run.tf());
  }

  private Weight variable(String name, Shape shape, float[] start) {
    return kind == Kind.REFERENCE
        ? Weight.of(run.reference(name, shape, start))
        : Weight.of(run.resource(name, shape, start));
  }

  private float[] draw(int size) {
    float[] drawn = new float[size];
    for (int i = 0; i < size; i++) {
      drawn[i] = (float) random.nextGaussian() / 2;
    }
    return drawn;
  }
}
