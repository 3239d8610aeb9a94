package org.tfemergence.models.testing;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/** A Transformer in a graph with a session, all of whose variables may be random. */
public final class TransformerRun implements AutoCloseable {
  /** The graph. */
  public final GraphRun run = new GraphRun();

  /** The network. */
  public final Transformer model;

  /** Its variables. */
  public final Variables variables;

  /** Its layers. */
  public final Model.Built built;

  /** Token ids, [batch, positions]. */
  public final Placeholder<TInt32> source;

  /** Token ids, shifted right, [batch, positions]. */
  public final Placeholder<TInt32> target;

  /** Its outputs outside training. */
  public final Model.Head head;

  /** Builds the network. */
  public TransformerRun(Transformer model, long seed) {
    this.model = model;
    Ops tf = run.tf();
    variables = Variables.initialized(tf);
    built = model.build(variables, Xavier.uniform(seed));
    source = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
    target = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
    head = built.call(Pass.inference(tf.withSubScope("infer")), inputs());
  }

  /** Returns the placeholders as the network takes them. */
  public List<Value> inputs() {
    return List.of(Value.of(source), Value.of(target));
  }

  /** Adds an operation that moves every variable, so that biases and gains tell in the output. */
  public Op shaken(double size, long seed) {
    Random random = new Random(seed);
    Ops tf = run.tf();
    List<Op> moved = new ArrayList<>();
    for (Variable variable : variables.model()) {
      boolean table = variable.role() == Variable.Role.EMBEDDING;
      float[] by = new float[(int) variable.shape().size()];
      for (int i = table ? (int) variable.shape().get(1) : 0; i < by.length; i++) {
        by[i] = (float) (size * random.nextGaussian());
      }
      Operand<TFloat32> noise = tf.constant(variable.shape(), DataBuffers.of(by));
      moved.add(tf.assignVariableOp(variable.handle(), tf.math.add(variable.read(tf), noise)));
    }
    return tf.withControlDependencies(moved).noOp();
  }

  /** Computes something for a batch, whose shorter sequences are padded with zeros. */
  public float[] floats(Operand<TFloat32> output, int[][] sources, int[][] targets) {
    return floats(List.of(output), sources, targets).get(0);
  }

  /**
   * Computes several things for a batch in one run; each set of outputs costs TensorFlow a second.
   */
  public List<float[]> floats(List<Operand<TFloat32>> outputs, int[][] sources, int[][] targets) {
    try (TInt32 x = ids(sources);
        TInt32 y = ids(targets)) {
      Session.Runner runner = run.session().runner().feed(source, x).feed(target, y);
      outputs.forEach(runner::fetch);
      try (Result result = runner.run()) {
        List<float[]> values = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
          values.add(GraphRun.floats((TFloat32) result.get(i)));
        }
        return values;
      }
    }
  }

  /** Computes logits, [batch, positions, vocabulary]. */
  public float[] logits(int[][] sources, int[][] targets) {
    return floats(head.logits(), sources, targets);
  }

  /** Returns copies of the variables by name. */
  public Map<String, float[]> values() {
    Map<String, float[]> values = new HashMap<>();
    ImmutableMap.Builder<String, Operand<TFloat32>> reads = ImmutableMap.builder();
    variables.all().forEach(variable -> reads.put(variable.name(), variable.read(run.tf())));
    reads.buildOrThrow().forEach((name, read) -> values.put(name, run.floats(read)));
    return values;
  }

  /** Makes a tensor of sequences, padded with zeros at their right. */
  public static TInt32 ids(int[][] sequences) {
    int longest = 0;
    for (int[] sequence : sequences) {
      longest = Math.max(longest, sequence.length);
    }
    int[] padded = new int[sequences.length * longest];
    for (int i = 0; i < sequences.length; i++) {
      System.arraycopy(sequences[i], 0, padded, i * longest, sequences[i].length);
    }
    return TInt32.tensorOf(Shape.of(sequences.length, longest), DataBuffers.of(padded));
  }

  /** Draws sentences that end with the end token. */
  public static int[][] sentences(
      int count, int vocabulary, int minLength, int maxLength, long seed) {
    Random random = new Random(seed);
    int[][] sentences = new int[count][];
    for (int i = 0; i < count; i++) {
      int length = minLength + random.nextInt(maxLength - minLength + 1);
      sentences[i] = random.ints(length, 2, vocabulary).toArray();
      sentences[i][length - 1] = 1;
    }
    return sentences;
  }

  @Override
  public void close() {
    run.close();
  }
}
