package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/**
 * What a training computes with. Immutable; start from {@link #defaults()}.
 *
 * @param devices what each training batch is divided among; the first, number 0 of its kind, holds
 *     the variables, and evaluates
 * @param precision in which numbers
 * @param intraOpThreads the number of threads of one operation, from 0 to {@link #mostThreads}; 0
 *     leaves it to TensorFlow
 * @param interOpThreads the number of operations at a time, in the same range; 0 leaves it to
 *     TensorFlow
 */
public record Hardware(
    ImmutableList<Device> devices, Precision precision, int intraOpThreads, int interOpThreads) {
  /**
   * Creates the description.
   *
   * @throws IllegalArgumentException if there is no device, one is there twice, they differ in
   *     kind, the first is not number 0, a number of threads is out of its range, or graphics cards
   *     are to compute in bfloat16
   */
  public Hardware {
    Objects.requireNonNull(precision, "precision");
    if (devices.isEmpty()) {
      throw new IllegalArgumentException("devices must not be empty, got []");
    }
    Device first = devices.get(0);
    if (first.index() != 0
        || new HashSet<>(devices).size() < devices.size()
        || devices.stream().anyMatch(device -> device.kind() != first.kind())
        || (first.kind() == Device.Kind.ANY && devices.size() > 1)) {
      throw new IllegalArgumentException(
          "devices must be of one kind, each once, beginning with number 0, got " + devices);
    }
    int most = mostThreads();
    if (Math.min(intraOpThreads, interOpThreads) < 0
        || Math.max(intraOpThreads, interOpThreads) > most) {
      throw new IllegalArgumentException(
          "numbers of threads must be from 0 to "
              + most
              + ", got "
              + intraOpThreads
              + " and "
              + interOpThreads);
    }
    if (precision == Precision.BFLOAT16 && first.kind() == Device.Kind.GPU) {
      throw new IllegalArgumentException(
          "precision BFLOAT16 is computed on processors only, got devices " + devices);
    }
  }

  /**
   * Returns the defaults: the device that TensorFlow takes, float32, as many threads as it likes.
   *
   * @return the description
   */
  public static Hardware defaults() {
    return new Hardware(ImmutableList.of(Device.any()), Precision.FLOAT32, 0, 0);
  }

  /**
   * Returns how many threads may be asked for. More than there are processors make nothing faster,
   * and where the system gives none any more TensorFlow ends the process: what other machines, and
   * the reproduction of what was computed there, may ask for is far below what systems give.
   *
   * @return 256, or four for each processor if that is more
   */
  public static int mostThreads() {
    return Math.max(256, 4 * Runtime.getRuntime().availableProcessors());
  }

  /**
   * Returns this with other devices.
   *
   * @param others what each training batch is divided among
   * @return the description
   */
  public Hardware withDevices(Device... others) {
    return new Hardware(ImmutableList.copyOf(others), precision, intraOpThreads, interOpThreads);
  }

  /**
   * Returns this with another precision.
   *
   * @param other in which numbers to compute
   * @return the description
   */
  public Hardware withPrecision(Precision other) {
    return new Hardware(devices, other, intraOpThreads, interOpThreads);
  }

  /**
   * Returns this with other numbers of threads.
   *
   * @param intraOp the number of threads of one operation, from 0 to {@link #mostThreads}
   * @param interOp the number of operations at a time, in the same range
   * @return the description
   * @throws IllegalArgumentException if a number is out of its range
   */
  public Hardware withThreads(int intraOp, int interOp) {
    return new Hardware(devices, precision, intraOp, interOp);
  }

  /**
   * Refuses devices that TensorFlow does not have. Otherwise it would compute on others in silence:
   * a training needs soft placement, since not all operations exist for graphics cards.
   *
   * @throws IllegalArgumentException if one is absent
   */
  void requirePresent() {
    if (devices.get(0).kind() != Device.Kind.GPU) {
      return; // of processors there are as many as wanted
    }
    ConfigProto strict = session().toBuilder().setAllowSoftPlacement(false).build();
    try (Graph graph = new Graph();
        Session session = new Session(graph, strict)) {
      for (Device device : devices) {
        DeviceSpec there =
            DeviceSpec.newBuilder()
                .deviceType(DeviceSpec.DeviceType.GPU)
                .deviceIndex(device.index())
                .build();
        Ops tf = Ops.create(graph).withDevice(there);
        session.runner().addTarget(tf.constant(1f)).run().close();
      }
    } catch (TFInvalidArgumentException e) {
      throw new IllegalArgumentException(
          "TensorFlow must have all devices of " + devices + ": " + e.getMessage(), e);
    }
  }

  /** Returns what to tell who computes so; empty if there is nothing to tell. */
  Optional<String> warning() {
    return precision == Precision.BFLOAT16
        ? Bfloat16Support.warning(Bfloat16Support.DESCRIPTION, System.getProperty("os.arch"))
        : Optional.empty();
  }

  /*
   * A graphics card gets as much memory as it needs, not all there is. On the processor bfloat16 is
   * oneDNN's rewriting; the option that TensorFlow calls auto_mixed_precision_cpu aborts the process.
   * The rewriting passes over operations on graphics cards.
   */
  ConfigProto session() {
    ConfigProto.Builder config =
        ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(intraOpThreads)
            .setInterOpParallelismThreads(interOpThreads)
            .setAllowSoftPlacement(true)
            .setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true));
    if (devices.get(0).kind() == Device.Kind.CPU) {
      int greatest = devices.stream().mapToInt(Device::index).max().orElseThrow();
      config.putDeviceCount("CPU", greatest + 1).putDeviceCount("GPU", 0);
    }
    if (precision == Precision.BFLOAT16) {
      config.setGraphOptions(
          GraphOptions.newBuilder()
              .setRewriteOptions(
                  RewriterConfig.newBuilder()
                      .setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON)));
    }
    return config.build();
  }
}
