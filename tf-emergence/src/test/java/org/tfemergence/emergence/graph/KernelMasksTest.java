package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.graph.EndpointPair;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TBool;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.WiredNetwork;

/** Sweeps over masks read from kernels, against the reference in Java. */
final class KernelMasksTest {
  @ParameterizedTest
  @EnumSource
  void build_randomNetworks_sweepsWhatTheReferenceCounts(Passing passing) {
    Random random = new Random(9);
    Set<String> wirings = new HashSet<>();
    for (int round = 0; round < 24; round++) {
      WiredNetwork drawn = WiredNetwork.draw(random);
      Network network = drawn.network();
      Emergence expected =
          new ExactEmergence(passing).measure(network, drawn.activity(), drawn.connections());
      try (GraphRun run = new GraphRun()) {
        Map<String, Weight> kernels = new HashMap<>();
        for (EndpointPair<Layer> edge : drawn.wiring().edges()) {
          Wiring wiring = drawn.wiring().edgeValue(edge).orElseThrow();
          int weights = WiredNetwork.weights(edge.source(), edge.target(), wiring);
          if (weights > 0) {
            float[] values = values(weights, drawn.kept().get(edge), random);
            String layer = edge.target().name();
            Shape shape = shape(edge, wiring, weights);
            kernels.put(layer, Weight.of(run.resource(layer, shape, values)));
            wirings.add(
                wiring.getClass().getSimpleName()
                    + (isDepthwise(edge, wiring) ? " depthwise" : ""));
          }
        }
        double found =
            run.doubles(
                    ConnectivitySweep.build(
                        run.tf(),
                        network,
                        passing,
                        active(run, drawn),
                        KernelMasks.build(run.tf(), network, kernels)))[0];

        if (expected.paths().signum() == 0) {
          assertThat(found).isEqualTo(Double.NEGATIVE_INFINITY);
        } else {
          assertThat(found).isCloseTo(expected.log10(), within(1e-12));
        }
      }
    }
    assertThat(wirings).contains("Dense", "PerPosition", "Convolution", "Convolution depthwise");
  }

  private static boolean isDepthwise(EndpointPair<Layer> edge, Wiring wiring) {
    return wiring instanceof Wiring.Convolution convolution
        && convolution.groups() > 1
        && convolution.groups() == edge.source().channels();
  }

  /* As TensorFlow shapes kernels. */
  private static Shape shape(EndpointPair<Layer> edge, Wiring wiring, int weights) {
    long in = edge.source().channels();
    long out = edge.target().channels();
    if (wiring instanceof Wiring.Convolution convolution) {
      Shape window = Shape.of(convolution.window().height(), convolution.window().width());
      return isDepthwise(edge, wiring)
          ? window.append(in).append(out / in)
          : window.append(in / convolution.groups()).append(out);
    }
    return wiring instanceof Wiring.PerPosition
        ? Shape.of(in, out)
        : Shape.of(weights / edge.target().units(), edge.target().units());
  }

  private static float[] values(int weights, BitSet kept, Random random) {
    float[] values = new float[weights];
    for (int i = 0; i < weights; i++) {
      float magnitude = 1e-30f + random.nextFloat();
      values[i] = kept.get(i) ? (random.nextBoolean() ? magnitude : -magnitude) : 0;
    }
    return values;
  }

  private static Map<String, Operand<TBool>> active(GraphRun run, WiredNetwork drawn) {
    Map<String, Operand<TBool>> active = new HashMap<>();
    for (Layer layer : drawn.network().layers()) {
      boolean[] flags = new boolean[(int) layer.units()];
      for (int unit = 0; unit < flags.length; unit++) {
        flags[unit] = drawn.active().get(layer.name()).get(unit);
      }
      Shape shape = Shape.of(layer.shape().stream().mapToLong(Long::longValue).toArray());
      active.put(
          layer.name(),
          run.tf().reshape(run.tf().constant(flags), run.tf().constant(shape.asArray())));
    }
    return active;
  }
}
