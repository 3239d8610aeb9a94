package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Carries out a {@link Sampling} on a graph: the taps it reads, what it feeds, which steps it
 * takes, and whether the loop offers them.
 */
final class Sampler {
  private final Sampling sampling;
  private final ImmutableList<Tap> taps;
  private final ImmutableMap<String, Operand<?>> inputs;
  private OptionalLong withoutProbe = OptionalLong.empty();

  private Sampler(
      Sampling sampling, ImmutableList<Tap> taps, ImmutableMap<String, Operand<?>> inputs) {
    this.sampling = sampling;
    this.taps = taps;
    this.inputs = inputs;
  }

  /* Throws an IllegalArgumentException if a probe batch does not fit the graph's inputs. */
  static Sampler at(TrainingGraph graph, Sampling sampling, TapPoint point) {
    Sampler sampler =
        new Sampler(
            sampling,
            graph.taps(sampling.phase()).stream()
                .map(tap -> tap.at(point))
                .collect(ImmutableList.toImmutableList()),
            graph.inputs());
    sampler.feeds().values().forEach(Tensor::close);
    return sampler;
  }

  ImmutableList<Tap> taps() {
    return taps;
  }

  ImmutableList<Tap> requireTaps() {
    if (taps.isEmpty()) {
      throw new IllegalArgumentException("the graph taps no layer in " + sampling.phase());
    }
    return taps;
  }

  /* A tap of each layer that counts, in the network's order. */
  ImmutableList<Tap> requireTapPerLayer(Network network, Granularity granularity) {
    ImmutableList<Layer> layers = network.layers();
    if (taps.size() != layers.size()) {
      throw new IllegalArgumentException(
          "the network has "
              + layers.size()
              + " layers, the graph taps "
              + taps.size()
              + " in "
              + sampling.phase());
    }
    for (int i = 0; i < layers.size(); i++) {
      Tap tap = taps.get(i);
      requireSame(i, layers.get(i), tap, Granularity.UNITS);
      requireSame(i, layers.get(i), tap, granularity);
    }
    return taps;
  }

  boolean includes(Step step) {
    if (sampling instanceof Sampling.Probe) {
      requireProbes(step);
    }
    return sampling.includes(step);
  }

  boolean starts(Step step) {
    return sampling.starts(step);
  }

  boolean ends(Step step) {
    return sampling.ends(step);
  }

  /** To be told of every step: those that are missing show in those that come. */
  void completed(Step step) {
    if (step.phase() == Phase.TRAINING) {
      withoutProbe = OptionalLong.of(step.number());
    } else if (step.phase() == Phase.PROBE) {
      withoutProbe = OptionalLong.empty();
    }
  }

  /** Forgets the steps so far, as another training's. */
  void restart() {
    withoutProbe = OptionalLong.empty();
  }

  ImmutableMap<Operand<?>, Tensor> feeds() {
    if (!(sampling instanceof Sampling.Probe probe)) {
      return ImmutableMap.of();
    }
    ImmutableMap<String, Tensor> opened = probe.batch().open();
    try {
      requireInputs(opened);
    } catch (IllegalArgumentException e) {
      opened.values().forEach(Tensor::close);
      throw e;
    }
    ImmutableMap.Builder<Operand<?>, Tensor> feeds = ImmutableMap.builder();
    opened.forEach((input, tensor) -> feeds.put(inputs.get(input), tensor));
    return feeds.buildOrThrow();
  }

  private void requireProbes(Step step) {
    boolean next =
        step.phase() == Phase.END
            || (step.phase() == Phase.TRAINING && step.number() > withoutProbe.orElse(0));
    if (next && withoutProbe.isPresent()) {
      throw new IllegalStateException(
          "a probe batch needs a step of PROBE after each update, got none after step "
              + withoutProbe.getAsLong());
    }
  }

  private void requireInputs(ImmutableMap<String, Tensor> opened) {
    if (!inputs.keySet().equals(opened.keySet())) {
      throw new IllegalArgumentException(
          "a probe batch must feed the inputs "
              + inputs.keySet()
              + " of the graph, got "
              + opened.keySet());
    }
    opened.forEach(
        (name, tensor) -> {
          Operand<?> input = inputs.get(name);
          Shape expected = input.asOutput().shape();
          boolean empty = Arrays.stream(tensor.shape().asArray()).anyMatch(size -> size == 0);
          if (empty
              || input.asOutput().dataType() != tensor.dataType()
              || !expected.isCompatibleWith(tensor.shape())) {
            throw new IllegalArgumentException(
                "a probe batch must feed input '"
                    + name
                    + "' with at least one example of "
                    + input.asOutput().dataType()
                    + expected
                    + ", got "
                    + tensor.dataType()
                    + tensor.shape());
          }
        });
  }

  private static void requireSame(int i, Layer layer, Tap tap, Granularity granularity) {
    if (!tap.layer().equals(layer.name()) || tap.units(granularity) != granularity.units(layer)) {
      throw new IllegalArgumentException(
          "layer "
              + i
              + ": the network has '"
              + layer.name()
              + "' of "
              + granularity.units(layer)
              + " "
              + granularity.name().toLowerCase(Locale.ROOT)
              + ", the tap is of '"
              + tap.layer()
              + "' with "
              + tap.units(granularity));
    }
  }
}
