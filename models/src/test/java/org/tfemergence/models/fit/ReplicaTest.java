package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tfemergence.emergence.testing.TwoDevices;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.objective.Classification;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.vision.Mlp;

final class ReplicaTest {
  private static final Mlp MODEL = Mlp.of(8, 4, 32);
  private static final LabeledData DATA = Examples.noise(20, 8, 4, 1);

  /** Forward and backward: the multiplications of a pass all run on the pass's own device. */
  @Test
  void update_twoDevices_eachComputesItsOwnPass() {
    Hardware hardware = Hardware.defaults().withDevices(Device.cpu(0), Device.cpu(1));
    TrainerOptions options =
        new TrainerOptions(20, 20, Schedule.constant(0.1), 1).withHardware(hardware);
    try (Graph graph = new Graph();
        TensorPool pool = new TensorPool()) {
      TrainingProgram program =
          new TrainingProgram(
              graph,
              new Learner(MODEL, Kaiming.normal(1), new Classification(), 1, Precision.FLOAT32),
              new Sgd(),
              options,
              ImmutableList.of());
      try (Session session = new Session(graph, hardware.session());
          Feed feed =
              Feed.of(DATA.inOrder(20).get(0), 2, DATA::gather, MODEL.blueprint().inputs(), pool);
          TFloat32 one = TFloat32.scalarOf(1f);
          TInt64 draw = TInt64.scalarOf(1)) {
        session.initialize();
        Session.Runner runner =
            session.runner().addTarget(program.updating.update()).feed(program.learningRate, one);
        for (int i = 0; i < 2; i++) {
          Tower tower = program.towers.get(i);
          Feed.Share share = feed.shares().get(i);
          runner
              .feed(tower.inputs().get(0), share.inputs().get(0).tensor())
              .feed(tower.labels(), share.labels().tensor())
              .feed(tower.draw(), draw)
              .feed(tower.counts(), one);
        }
        List<String> onFirst = new ArrayList<>();
        List<String> onSecond = new ArrayList<>();
        RunOptions trace =
            RunOptions.newBuilder().setTraceLevel(RunOptions.TraceLevel.FULL_TRACE).build();
        try (Result result = runner.setOptions(trace).runAndFetchMetadata()) {
          for (DeviceStepStats device :
              result.getMetadata().orElseThrow().getStepStats().getDevStatsList()) {
            for (NodeExecStats node : device.getNodeStatsList()) {
              if (node.getNodeName().contains("MatMul") || node.getNodeName().contains("dense_1")) {
                (TwoDevices.isSecond(device.getDevice()) ? onSecond : onFirst)
                    .add(node.getNodeName());
              }
            }
          }
        }
        // Backward, two layers have two products for kernels and one for activations.
        // The variables are read on the first, where they are.
        assertThat(onFirst)
            .filteredOn(name -> !name.matches(".*(/ReadVariableOp.*|\\.kernel|\\.bias)"))
            .noneMatch(name -> name.startsWith("device_1/"))
            .filteredOn(name -> name.contains("gradients/MatMul"))
            .hasSize(3);
        assertThat(onSecond)
            .allMatch(name -> name.startsWith("device_1/"))
            .filteredOn(name -> name.contains("gradients/MatMul"))
            .hasSize(3);
        // Forward, TensorFlow fuses them with what follows, under its name.
        assertThat(onFirst).anyMatch(name -> name.startsWith("train/dense_1"));
        assertThat(onSecond).anyMatch(name -> name.startsWith("device_1/train/dense_1"));
      }
    }
  }
}
