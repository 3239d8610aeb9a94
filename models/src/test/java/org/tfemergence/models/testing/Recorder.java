package org.tfemergence.models.testing;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/** Writes down what a loop tells it, and in evaluation the weights and the layers' activations. */
public final class Recorder implements TrainingCallback {
  private final List<Step> requested = new ArrayList<>();
  private final List<Step> completed = new ArrayList<>();
  private final List<EpochResult> epochs = new ArrayList<>();
  private final List<Map<String, float[]>> evaluations = new ArrayList<>();
  private final Map<String, Operand<TFloat32>> wanted = new LinkedHashMap<>();
  private TrainingGraph graph;

  @Override
  public void attach(TrainingGraph graph) {
    this.graph = graph;
    for (Weight weight : graph.weights()) {
      wanted.put(weight.name(), weight.read(graph.tf()));
    }
    for (Tap tap : graph.taps(Phase.EVALUATION)) {
      wanted.put(tap.layer(), tap.activations());
    }
  }

  @Override
  public StepRequest request(Step step) {
    requested.add(step);
    return step.phase() == Phase.EVALUATION
        ? StepRequest.of(wanted.values().toArray(new Operand<?>[0]))
        : StepRequest.NOTHING;
  }

  @Override
  public void completed(StepResult result) {
    completed.add(result.step());
    if (result.step().phase() == Phase.EVALUATION) {
      Map<String, float[]> values = new LinkedHashMap<>();
      int i = 0;
      for (String name : wanted.keySet()) {
        values.put(name, GraphRun.floats((TFloat32) result.values().get(i++)));
      }
      evaluations.add(values);
    }
  }

  @Override
  public void completed(EpochResult result) {
    epochs.add(result);
  }

  /** Returns what it was attached to. */
  public TrainingGraph attached() {
    return graph;
  }

  /** Returns the number of the graph's operations. */
  public int operations() {
    int count = 0;
    var operations = ((Graph) graph.tf().scope().env()).operations();
    while (operations.hasNext()) {
      operations.next();
      count++;
    }
    return count;
  }

  /** Returns the steps it was asked about. */
  public ImmutableList<Step> requested() {
    return ImmutableList.copyOf(requested);
  }

  /** Returns the steps whose results it got. */
  public ImmutableList<Step> completed() {
    return ImmutableList.copyOf(completed);
  }

  /** Returns the epochs it was told of. */
  public ImmutableList<EpochResult> epochs() {
    return ImmutableList.copyOf(epochs);
  }

  /** Returns, for each evaluation step, the weights by variable and the activations by layer. */
  public ImmutableList<Map<String, float[]>> evaluations() {
    return ImmutableList.copyOf(evaluations);
  }

  /** Returns the values of the last evaluation step. */
  public Map<String, float[]> latest() {
    return evaluations.get(evaluations.size() - 1);
  }
}
