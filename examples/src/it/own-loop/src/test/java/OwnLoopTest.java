import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.callback.EmergenceBound;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.Xavier;

class OwnLoopTest {
  private static final int BATCH = 32;
  private static final int INPUTS = 784;
  private static final int HIDDEN = 64;
  private static final int CLASSES = 10;

  /** The whole training again, in plain Java. */
  @Test
  void trainsAndMeasures_asPlainJavaDoes() {
    List<Float> losses = new ArrayList<>();
    EmergenceHistory history = OwnLoop.train(losses);
    double[] w1 = new double[INPUTS * HIDDEN];
    double[] w2 = new double[HIDDEN * CLASSES];
    initialize(w1, w2);

    assertEquals(4, history.readings().size());
    assertEquals(40, losses.size());
    for (int step = 1; step <= 40; step++) {
      double[] hidden = new double[BATCH * HIDDEN];
      double[] logits = new double[BATCH * CLASSES];
      double loss = step(step, w1, w2, hidden, logits);
      assertEquals(loss, losses.get(step - 1), 1e-4, "loss of step " + step);
      if (step % 10 == 0) {
        EmergenceReading reading = history.readings().get(step / 10 - 1);
        long activeHidden = active(hidden, HIDDEN);
        long activeLogits = active(logits, CLASSES);
        assertEquals(step, reading.step());
        assertEquals(
            List.of(
                new LayerActivity("hidden", HIDDEN, activeHidden, 0),
                new LayerActivity("logits", CLASSES, activeLogits, 0)),
            reading.counts().layers());
        // One pair of layers: every inactive hidden unit leads to every active logit.
        long paths = (HIDDEN - activeHidden) * activeLogits;
        assertEquals(paths, reading.emergence().orElseThrow().paths().longValueExact());
        assertEquals(Math.log10((double) paths), reading.log10(), 1e-12);
      }
    }
    assertTrue(history.readings().stream().anyMatch(reading -> reading.log10() > 0));
    assertTrue(losses.get(39) < 0.5 * losses.get(0), "losses " + losses);
  }

  @Test
  void example_isUnderFortyLines() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("src/main/java/OwnLoop.java"));
    int begin = 0;
    while (!lines.get(begin).strip().equals("// begin: loop")) {
      begin++;
    }
    int end = begin;
    while (!lines.get(end).strip().equals("// end")) {
      end++;
    }
    assertTrue(end - begin - 1 < 40, "lines: " + (end - begin - 1));
  }

  /** Tells of steps and of the weights behind each. */
  private static final class Watcher implements TrainingCallback {
    final List<Step> steps = new ArrayList<>();
    final List<Integer> told = new ArrayList<>();
    final List<float[]> weights = new ArrayList<>();
    private Operand<TFloat32> kernel;

    @Override
    public void attach(TrainingGraph graph) {
      kernel = graph.weights().get(0).read(graph.tf());
    }

    @Override
    public StepRequest request(Step step) {
      return step.phase().hasBatch() ? StepRequest.NOTHING : StepRequest.of(kernel);
    }

    @Override
    public void completed(StepResult result) {
      steps.add(result.step());
      if (!result.values().isEmpty()) {
        float[] values = new float[INPUTS * CLASSES];
        result.values().get(0).asRawTensor().data().asFloats().read(values);
        weights.add(values);
      }
    }

    @Override
    public void completed(EpochResult result) {
      told.add(result.epoch());
    }
  }

  @Test
  void stepsOfTheirOwn_areOffered_andTheBestWeightsComeBack() {
    Watcher watcher = new Watcher();
    // E of a single layer is zero: ten readings are under any bound from the ninth epoch on.
    EmergenceHistory history = OwnSteps.train(EmergenceBound.level(1, 10), watcher);

    assertEquals(10, history.readings().size());
    for (int epoch = 0; epoch <= 9; epoch++) {
      assertEquals(epoch, history.readings().get(epoch).epoch());
      assertEquals(BATCH, history.readings().get(epoch).counts().examples());
      assertEquals(epoch, watcher.told.get(epoch));
    }
    List<Step> expected = new ArrayList<>();
    expected.add(new Step(Phase.PROBE, 0, 0, true, true));
    for (int step = 1; step <= 45; step++) {
      int epoch = (step + 4) / 5;
      expected.add(new Step(Phase.TRAINING, step, epoch, step % 5 == 1, step % 5 == 0));
      expected.add(new Step(Phase.PROBE, step, epoch, step % 5 == 1, step % 5 == 0));
    }
    expected.add(new Step(Phase.END, 45, 9, false, true));
    assertEquals(expected, watcher.steps);
    // The validation gets worse, so the best epoch that counts is the fifth: behind update 25. What
    // the end puts back shows in the end's own read, which comes after it.
    float[] end = watcher.weights.get(46);
    assertArrayEquals(watcher.weights.get(25), end);
    assertNotEquals(Arrays.hashCode(watcher.weights.get(45)), Arrays.hashCode(end));
  }

  @Test
  void notStopped_trainsToTheEnd() {
    Watcher watcher = new Watcher();

    EmergenceHistory history = OwnSteps.train(EmergenceBound.level(-1000), watcher);

    assertEquals(31, history.readings().size());
    assertEquals(Phase.END, watcher.steps.get(watcher.steps.size() - 1).phase());
    assertFalse(watcher.told.isEmpty());
  }

  private static void initialize(double[] w1, double[] w2) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      read(session, Kaiming.normal(1).call(tf, Shape.of(INPUTS, HIDDEN)), w1);
      read(session, Xavier.uniform(2).call(tf, Shape.of(HIDDEN, CLASSES)), w2);
    }
  }

  private static void read(Session session, Operand<TFloat32> value, double[] into) {
    try (var result = session.runner().fetch(value).run()) {
      float[] values = new float[into.length];
      result.get(0).asRawTensor().data().asFloats().read(values);
      for (int i = 0; i < into.length; i++) {
        into[i] = values[i];
      }
    }
  }

  /* Fills in what the step saw, changes the weights, and returns the loss before. */
  private static double step(int step, double[] w1, double[] w2, double[] hidden, double[] logits) {
    float[] x = OwnLoop.pixels(step);
    float[] y = OwnLoop.oneHot(step);
    double[] toHidden = new double[hidden.length];
    double[] toLogits = new double[logits.length];
    double loss = 0;
    for (int b = 0; b < BATCH; b++) {
      for (int i = 0; i < INPUTS; i++) {
        for (int h = 0; h < HIDDEN; h++) {
          hidden[b * HIDDEN + h] += x[b * INPUTS + i] * w1[i * HIDDEN + h];
        }
      }
      for (int h = 0; h < HIDDEN; h++) {
        hidden[b * HIDDEN + h] = Math.max(0, hidden[b * HIDDEN + h]);
        for (int c = 0; c < CLASSES; c++) {
          logits[b * CLASSES + c] += hidden[b * HIDDEN + h] * w2[h * CLASSES + c];
        }
      }
      double sum = 0;
      for (int c = 0; c < CLASSES; c++) {
        sum += Math.exp(logits[b * CLASSES + c]);
      }
      for (int c = 0; c < CLASSES; c++) {
        int at = b * CLASSES + c;
        loss -= y[at] * (logits[at] - Math.log(sum)) / BATCH;
        toLogits[at] = (Math.exp(logits[at]) / sum - y[at]) / BATCH;
        for (int h = 0; h < HIDDEN; h++) {
          toHidden[b * HIDDEN + h] += toLogits[at] * w2[h * CLASSES + c];
        }
      }
    }
    for (int b = 0; b < BATCH; b++) {
      for (int h = 0; h < HIDDEN; h++) {
        double value = hidden[b * HIDDEN + h];
        for (int c = 0; c < CLASSES; c++) {
          w2[h * CLASSES + c] -= 0.1f * value * toLogits[b * CLASSES + c];
        }
        for (int i = 0; value > 0 && i < INPUTS; i++) {
          w1[i * HIDDEN + h] -= 0.1f * x[b * INPUTS + i] * toHidden[b * HIDDEN + h];
        }
      }
    }
    return loss;
  }

  /* Units whose mean over the batch is above the threshold. */
  private static long active(double[] values, int units) {
    long active = 0;
    for (int unit = 0; unit < units; unit++) {
      double sum = 0;
      for (int i = unit; i < values.length; i += units) {
        sum += values[i];
      }
      active += sum / BATCH > 0.05 ? 1 : 0;
    }
    return active;
  }
}
