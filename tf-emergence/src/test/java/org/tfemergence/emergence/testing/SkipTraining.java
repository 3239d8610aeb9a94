package org.tfemergence.emergence.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.UnitActivity;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.measure.ExactEmergence.Connections;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRun;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * A small network with a residual skip and random masks, trained by gradient descent: {@code
 * first}, {@code branch} whose output is added to it, and {@code logits}. A masked weight is zero
 * after each update, and not in between.
 */
public final class SkipTraining implements AutoCloseable {
  private static final int INPUTS = 5;
  private static final int WIDTH = 6;
  private static final int OUTPUTS = 3;
  private static final float RATE = 0.1f;

  private final GraphRun run = new GraphRun();
  private final Random random;
  private final Placeholder<TFloat32> input;
  private final Map<String, Weight> kernels = new LinkedHashMap<>();
  private final List<Operand<TFloat32>> reads = new ArrayList<>();
  private final List<Operand<TFloat32>> masks = new ArrayList<>();
  private final ImmutableList<Tap> taps;
  private final TrainingGraph graph;
  private final ImmutableMap<String, Operand<TFloat32>> values;
  private final List<TrainingCallback> callbacks = new ArrayList<>();
  private long step;

  /** Builds the network; its weights, masks and batches follow from the seed. */
  public SkipTraining(long seed) {
    random = new Random(seed);
    Ops tf = run.tf();
    input = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, INPUTS)));
    Operand<TFloat32> first = tf.nn.relu(tf.linalg.matMul(input, kernel("first", INPUTS, WIDTH)));
    Operand<TFloat32> branch = tf.nn.relu(tf.linalg.matMul(first, kernel("branch", WIDTH, WIDTH)));
    Operand<TFloat32> sum = tf.math.add(first, branch);
    Operand<TFloat32> logits = tf.linalg.matMul(sum, kernel("logits", WIDTH, OUTPUTS));
    taps =
        ImmutableList.of(
            new Tap("first", first), new Tap("branch", branch), new Tap("logits", logits));
    Operand<TFloat32> loss =
        tf.math.mean(
            tf.math.square(tf.math.sub(logits, tf.constant(0.5f))), tf.constant(new int[] {0, 1}));
    graph =
        new TrainingGraph(
                tf, network(), ImmutableList.copyOf(kernels.values()), taps, taps, descent(loss))
            .withKernels(ImmutableMap.copyOf(kernels))
            .withInputs(ImmutableMap.of("input", input));
    ImmutableMap.Builder<String, Operand<TFloat32>> all = ImmutableMap.builder();
    kernels.forEach((layer, kernel) -> all.put(layer, kernel.read(tf)));
    values = all.buildOrThrow();
  }

  /** Returns the graph as callbacks see it. */
  public TrainingGraph graph() {
    return graph;
  }

  /** Returns the run. */
  public GraphRun run() {
    return run;
  }

  /** Attaches a callback; all must be attached before the first step. */
  public void attach(TrainingCallback callback) {
    callback.attach(graph);
    callbacks.add(callback);
  }

  /** Draws the inputs of a batch. */
  public float[] draw(int examples) {
    float[] drawn = new float[examples * INPUTS];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = (float) random.nextGaussian();
    }
    return drawn;
  }

  /** Returns the shape of a batch. */
  public static Shape batch(int examples) {
    return Shape.of(examples, INPUTS);
  }

  /** Does an update and the step behind it; returns the activations that the update saw. */
  public float[][] update(float... inputs) {
    float[][] seen = activations(inputs);
    step++;
    step(new Step(Phase.TRAINING, step, 1, step == 1, true), inputs);
    try (StepRun own = StepRun.ask(callbacks, new Step(Phase.PROBE, step, 1, step == 1, true))) {
      own.runEach(run.session());
    }
    return seen;
  }

  /** Runs an evaluation pass. */
  public void evaluate(List<float[]> batches) {
    for (int i = 0; i < batches.size(); i++) {
      step(new Step(Phase.EVALUATION, step, 1, i == 0, i == batches.size() - 1), batches.get(i));
    }
  }

  /** Computes the activations of inputs, layer by layer. */
  public float[][] activations(float... inputs) {
    try (TFloat32 x = tensor(inputs)) {
      Session.Runner runner = run.session().runner().feed(input, x);
      taps.forEach(tap -> runner.fetch(tap.activations()));
      try (Result result = runner.run()) {
        float[][] all = new float[taps.size()][];
        for (int i = 0; i < all.length; i++) {
          all[i] = GraphRun.floats((TFloat32) result.get(i));
        }
        return all;
      }
    }
  }

  /** Returns which units the mean over the examples makes active. */
  public UnitActivity activity(ActivityRule rule, List<float[][]> batches) {
    Map<String, Integer> units = new HashMap<>();
    Map<String, BitSet> active = new HashMap<>();
    for (int layer = 0; layer < taps.size(); layer++) {
      int width = (int) taps.get(layer).units();
      BitSet bits = new BitSet();
      int examples = 0;
      double[] sums = new double[width];
      for (float[][] batch : batches) {
        for (int i = 0; i < batch[layer].length; i++) {
          sums[i % width] += batch[layer][i];
        }
        examples += batch[layer].length / width;
      }
      for (int unit = 0; unit < width; unit++) {
        bits.set(unit, rule.isActive(sums[unit] / examples));
      }
      units.put(taps.get(layer).layer(), width);
      active.put(taps.get(layer).layer(), bits);
    }
    return UnitActivity.of(units, active, 1);
  }

  /** Returns which weights are not zero now. */
  public Connections connections() {
    Map<String, float[]> now = new HashMap<>();
    values.forEach((layer, value) -> now.put(layer, run.floats(value)));
    return (from, to, weight) -> now.get(to.name())[weight] != 0;
  }

  @Override
  public void close() {
    run.close();
  }

  private void step(Step now, float... inputs) {
    try (TFloat32 x = tensor(inputs);
        StepRun extra = StepRun.ask(callbacks, now)) {
      Session.Runner runner =
          run.session().runner().feed(input, x).fetch(taps.get(2).activations());
      if (now.phase() == Phase.TRAINING) {
        runner.addTarget(graph.update());
      }
      try (Result result = extra.addTo(runner).run()) {
        extra.deliver(result);
      }
    }
  }

  private static TFloat32 tensor(float... inputs) {
    return GraphRun.tensor(batch(inputs.length / INPUTS), inputs);
  }

  private static Network network() {
    Layer first = new Layer("first", WIDTH, INPUTS * WIDTH);
    Layer branch = new Layer("branch", WIDTH, WIDTH * WIDTH);
    Layer sum = Layer.wiring("sum", ImmutableList.of((long) WIDTH));
    Layer logits = new Layer("logits", OUTPUTS, WIDTH * OUTPUTS);
    MutableValueGraph<Layer, Wiring> wiring = ValueGraphBuilder.directed().build();
    wiring.putEdgeValue(first, branch, new Wiring.Dense());
    wiring.putEdgeValue(first, sum, new Wiring.OneToOne(0));
    wiring.putEdgeValue(branch, sum, new Wiring.OneToOne(0));
    wiring.putEdgeValue(sum, logits, new Wiring.Dense());
    return Network.of(wiring);
  }

  private Operand<TFloat32> kernel(String layer, int in, int out) {
    float[] start = new float[in * out];
    float[] mask = new float[in * out];
    for (int i = 0; i < start.length; i++) {
      mask[i] = random.nextInt(3) == 0 ? 0 : 1;
      start[i] = mask[i] * (float) random.nextGaussian();
    }
    Weight weight = Weight.of(run.resource(layer + "_kernel", Shape.of(in, out), start));
    kernels.put(layer, weight);
    masks.add(run.constant(Shape.of(in, out), mask));
    Operand<TFloat32> read = weight.read(run.tf());
    reads.add(read);
    return read;
  }

  /* As a pruner does: the update first, which moves masked weights too, and the masks behind it. */
  private Op descent(Operand<TFloat32> loss) {
    Output<?>[] gradients =
        run.graph()
            .addGradients(
                loss.asOutput(), reads.stream().map(Operand::asOutput).toArray(Output<?>[]::new));
    List<Op> masked = new ArrayList<>();
    List<Weight> weights = List.copyOf(kernels.values());
    for (int i = 0; i < gradients.length; i++) {
      Ops tf = run.tf();
      Operand<TFloat32> change =
          tf.math.mul(gradients[i].expect(TFloat32.class), tf.constant(RATE));
      Op moved = weights.get(i).assign(tf, tf.math.sub(reads.get(i), change));
      Ops after = tf.withControlDependencies(moved);
      masked.add(
          weights.get(i).assign(after, after.math.mul(weights.get(i).read(after), masks.get(i))));
    }
    return run.tf().withControlDependencies(masked).noOp();
  }
}
