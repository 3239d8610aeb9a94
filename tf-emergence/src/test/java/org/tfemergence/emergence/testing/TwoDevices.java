package org.tfemergence.emergence.testing;

import java.util.Map;
import java.util.TreeMap;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.RunOptions;

/** A session of two CPU devices, and where the operations of a graph ran in it. */
public final class TwoDevices {
  private TwoDevices() {}

  /** Returns an empty graph. */
  public static GraphRun graph() {
    return new GraphRun(ConfigProto.newBuilder().putDeviceCount("CPU", 2).build());
  }

  /** Returns a scope on the second device. */
  public static Ops second(Ops tf) {
    return tf.withDevice(
        DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.CPU).deviceIndex(1).build());
  }

  /** Tells whether a device is the second one. */
  public static boolean isSecond(String device) {
    return device.endsWith("/device:CPU:1");
  }

  /** Runs and returns the device of each of the graph's operations that ran. */
  public static Map<String, String> placement(GraphRun run, Operand<?> output) {
    return placement(run, run.session().runner().fetch(output));
  }

  /** Runs and returns the device of each of the graph's operations that ran. */
  public static Map<String, String> placement(GraphRun run, Session.Runner runner) {
    Map<String, String> devices = new TreeMap<>();
    RunOptions options =
        RunOptions.newBuilder().setTraceLevel(RunOptions.TraceLevel.FULL_TRACE).build();
    try (Result result = runner.setOptions(options).runAndFetchMetadata()) {
      for (DeviceStepStats device :
          result.getMetadata().orElseThrow().getStepStats().getDevStatsList()) {
        for (NodeExecStats node : device.getNodeStatsList()) {
          if (run.graph().operation(node.getNodeName()) != null) {
            devices.put(node.getNodeName(), device.getDevice());
          }
        }
      }
    }
    return devices;
  }
}
