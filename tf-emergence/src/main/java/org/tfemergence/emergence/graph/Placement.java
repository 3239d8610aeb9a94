package org.tfemergence.emergence.graph;

import com.google.common.base.Enums;
import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.tensorflow.DeviceSpec;
import org.tensorflow.DeviceSpec.DeviceType;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;

/**
 * Puts operations beside the values they work on. TensorFlow by itself leaves an operation without
 * a device on the first one, and copies a whole activation over to it.
 */
final class Placement {
  private Placement() {}

  /**
   * Returns where to add operations on a value: on the device that was asked for the value. One of
   * a type that TensorFlow Java has no name for is left to TensorFlow.
   */
  static Ops beside(Ops tf, Operand<?> value) {
    return parse(((GraphOperation) value.op()).device()).map(tf::withDevice).orElse(tf);
  }

  /*
   * Such as /job:worker/replica:0/task:1/device:GPU:0, any part of which may be missing or *, or with
   * /gpu:0 at its end, as TensorFlow 1 wrote it.
   */
  private static Optional<DeviceSpec> parse(String device) {
    DeviceSpec.Builder spec = DeviceSpec.newBuilder();
    boolean any = false;
    for (String part : Splitter.on('/').omitEmptyStrings().split(device)) {
      List<String> words = new ArrayList<>(Splitter.on(':').splitToList(part));
      String key = words.get(0).toLowerCase(Locale.ROOT);
      if (key.equals("cpu") || key.equals("gpu")) {
        words.add(0, "device");
        key = "device";
      }
      String value = words.size() > 1 ? words.get(1) : "*";
      if (value.equals("*")) {
        continue;
      }
      any = true;
      switch (key) {
        case "job" -> spec.job(value);
        case "replica" -> spec.replica(Integer.parseInt(value));
        case "task" -> spec.task(Integer.parseInt(value));
        case "device" -> {
          Optional<DeviceType> type =
              Enums.getIfPresent(DeviceType.class, value.toUpperCase(Locale.ROOT)).toJavaUtil();
          if (type.isEmpty()) {
            return Optional.empty();
          }
          spec.deviceType(type.get());
          if (words.size() > 2 && !words.get(2).equals("*")) {
            spec.deviceIndex(Integer.parseInt(words.get(2)));
          }
        }
        default -> throw new IllegalArgumentException("unknown part '" + part + "' of " + device);
      }
    }
    return any ? Optional.of(spec.build()) : Optional.empty();
  }
}
