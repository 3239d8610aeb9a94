package org.tfemergence.emergence.graph;

import com.google.common.base.Splitter;
import java.util.List;
import java.util.Locale;
import org.tensorflow.DeviceSpec;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;

/**
 * Puts operations beside the values they work on. TensorFlow by itself leaves an operation without
 * a device on the first one, and copies a whole activation over to it.
 */
final class Placement {
  private Placement() {}

  /** Returns where to add operations on a value: on the device that was asked for the value. */
  static Ops beside(Ops tf, Operand<?> value) {
    String device = ((GraphOperation) value.op()).device();
    return device.isEmpty() ? tf : tf.withDevice(parse(device));
  }

  /* Such as /job:worker/replica:0/task:1/device:GPU:0, any part of which may be missing. */
  private static DeviceSpec parse(String device) {
    DeviceSpec.Builder spec = DeviceSpec.newBuilder();
    for (String part : Splitter.on('/').omitEmptyStrings().split(device)) {
      List<String> words = Splitter.on(':').splitToList(part);
      switch (words.get(0).toLowerCase(Locale.ROOT)) {
        case "job" -> spec.job(words.get(1));
        case "replica" -> spec.replica(Integer.parseInt(words.get(1)));
        case "task" -> spec.task(Integer.parseInt(words.get(1)));
        case "device" -> {
          spec.deviceType(DeviceSpec.DeviceType.valueOf(words.get(1).toUpperCase(Locale.ROOT)));
          if (words.size() > 2 && !words.get(2).equals("*")) {
            spec.deviceIndex(Integer.parseInt(words.get(2)));
          }
        }
        default -> throw new IllegalArgumentException("unknown part '" + part + "' of " + device);
      }
    }
    return spec.build();
  }
}
