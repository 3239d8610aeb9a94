package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;

/** Devices as TensorFlow takes them in a description of a graph. */
final class PlacementTest {
  @ParameterizedTest
  @CsvSource({
    "/device:GPU:1, /device:GPU:1",
    "/device:gpu:1, /device:GPU:1",
    "/gpu:0, /device:GPU:0",
    "/cpu:1, /device:CPU:1",
    "/GPU:*, /device:GPU:*",
    "/job:worker/replica:0/task:1/device:CPU:0, /job:worker/replica:0/task:1/device:CPU:0",
    "/job:worker/task:*/gpu:2, /job:worker/device:GPU:2",
    "/device:*, ''",
    "'', ''",
    "/device:XLA_GPU:0, ''",
    "/device:NPU:0, ''"
  })
  void beside_anyDevice_isTheSameOrLeftToTensorFlow(String device, String expected) {
    assertThat(besideOneOn(device)).isEqualTo(expected);
  }

  @Test
  void beside_noDevice_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> besideOneOn("/rack:1"))
        .withMessage("unknown part 'rack:1' of /rack:1");
  }

  private static String besideOneOn(String device) {
    try (GraphRun run = new GraphRun()) {
      NodeDef node =
          NodeDef.newBuilder()
              .setName("x")
              .setOp("Placeholder")
              .setDevice(device)
              .putAttr("dtype", AttrValue.newBuilder().setType(DataType.DT_FLOAT).build())
              .build();
      run.graph().importGraphDef(GraphDef.newBuilder().addNode(node).build());
      Operand<TFloat32> x = run.graph().operation("x").<TFloat32>output(0);
      Ops beside = Placement.beside(run.tf(), x);
      return ((GraphOperation) beside.constant(1f).op()).device();
    }
  }
}
