package org.tfemergence.emergence.measure;

import com.google.common.collect.ImmutableList;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.tfemergence.emergence.activity.UnitActivity;
import org.tfemergence.emergence.measure.LayerEmergence.Contribution;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;

/**
 * Emergence over the real connections of a network: each path is a chain of single connections, a
 * pruned weight is a missing one, a unit that was padding in all examples is none, and layers that
 * do not count only hand paths on. Ours; on unpruned dense networks it equals {@link
 * LayerEmergence#PUBLISHED}, or {@link LayerEmergence#STRICT} where paths may pass active units
 * only.
 *
 * <p>This is the reference. It walks every connection with big integers, so it takes time in
 * proportion to the number of connections and is meant for networks of up to some millions of them.
 * The graph's {@code ConnectivitySweep} does the same on the device, by its logarithm.
 *
 * @param passing whether a path may pass inactive units on its way
 */
public record ExactEmergence(Passing passing) implements EmergenceMeasure {
  /** Paths may pass any unit. */
  public static final ExactEmergence ANY_UNIT = new ExactEmergence(Passing.ANY_UNIT);

  /** Paths among active units only. */
  public static final ExactEmergence ACTIVE_UNITS = new ExactEmergence(Passing.ACTIVE_UNITS);

  /** Refuses null. */
  public ExactEmergence {
    Objects.requireNonNull(passing, "passing");
  }

  /** Which units a path may pass. */
  public enum Passing {
    /** Any, as in the published formulas. */
    ANY_UNIT,
    /** Active ones only, as in {@link PathRule#STRICT}. */
    ACTIVE_UNITS
  }

  /** Tells which connections a pruned network still has. */
  @FunctionalInterface
  public interface Connections {
    /** All of them: nothing is pruned. */
    Connections ALL = (from, to, weight) -> true;

    /**
     * Tells whether a connection is there.
     *
     * @param from the layer that feeds
     * @param to the layer that is fed
     * @param weight the index of the connection's weight in the kernel of {@code to}, row-major
     * @return whether the weight is not masked
     */
    boolean has(Layer from, Layer to, int weight);
  }

  @Override
  public String name() {
    return passing == Passing.ANY_UNIT ? "exact" : "exact_strict";
  }

  /**
   * Measures a network.
   *
   * @param network the network, each layer of less than 2^31 units, each kernel of as many weights
   * @param activity which units are active, of all layers that count
   * @param connections which weights are not pruned
   * @return its emergence
   * @throws IllegalArgumentException if a layer that counts has no activity, or one of another
   *     number of units, or if a layer or a kernel is too large
   */
  public Emergence measure(Network network, UnitActivity activity, Connections connections) {
    requireSameUnits(network, activity);
    requireIndices(network);
    return new Emergence(
        beginning(network, activity, connections, layer -> true).values().stream()
            .reduce(BigInteger.ZERO, BigInteger::add));
  }

  /**
   * Takes E apart into its pairs of layers. Takes as many times as long as {@link #measure} as
   * there are layers that count.
   *
   * @param network the network, each layer of less than 2^31 units, each kernel of as many weights
   * @param activity which units are active, of all layers that count
   * @param connections which weights are not pruned
   * @return the pairs that contribute, largest first; their paths add up to E
   * @throws IllegalArgumentException if a layer that counts has no activity, or one of another
   *     number of units, or if a layer or a kernel is too large
   */
  public ImmutableList<Contribution> explain(
      Network network, UnitActivity activity, Connections connections) {
    requireSameUnits(network, activity);
    requireIndices(network);
    ImmutableList.Builder<Contribution> all = ImmutableList.builder();
    for (Layer last : network.layers()) {
      Map<Layer, BigInteger> beginning =
          beginning(network, activity, connections, layer -> layer.equals(last));
      for (Layer first : network.layers()) {
        if (beginning.get(first).signum() > 0) {
          all.add(new Contribution(first.name(), last.name(), beginning.get(first)));
        }
      }
    }
    return ImmutableList.sortedCopyOf((a, b) -> b.paths().compareTo(a.paths()), all.build());
  }

  /* By layer, how many paths begin in its inactive units and end where they may. */
  private Map<Layer, BigInteger> beginning(
      Network network, UnitActivity activity, Connections connections, Predicate<Layer> mayEnd) {
    Map<Layer, BigInteger[]> ends = new HashMap<>();
    Map<Layer, BigInteger> beginning = new HashMap<>();
    for (Layer layer : network.nodes().reverse()) {
      // behind[u]: the number of paths from unit u, itself not counted, to active units
      BigInteger[] behind = behind(network, layer, ends, connections);
      if (layer.counted()) {
        BigInteger paths = BigInteger.ZERO;
        for (int unit = 0; unit < behind.length; unit++) {
          if (!activity.isReal(layer.name(), unit)) {
            behind[unit] = BigInteger.ZERO;
          } else if (activity.isActive(layer.name(), unit)) {
            behind[unit] = mayEnd.test(layer) ? behind[unit].add(BigInteger.ONE) : behind[unit];
          } else {
            paths = paths.add(behind[unit]);
            behind[unit] = passing == Passing.ANY_UNIT ? behind[unit] : BigInteger.ZERO;
          }
        }
        beginning.put(layer, paths);
      }
      ends.put(layer, behind);
    }
    return beginning;
  }

  /* Units and weights are told apart by an int. */
  private static void requireIndices(Network network) {
    for (Layer from : network.nodes()) {
      if (from.units() > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "layer '" + from.name() + "' must have less than 2^31 units, got " + from.units());
      }
      for (Layer to : network.targets(from)) {
        Optional<ImmutableList<Long>> kernel = network.wires(from, to).kernel();
        if (kernel.isPresent()
            && kernel.get().stream().reduce(1L, Math::multiplyExact) > Integer.MAX_VALUE) {
          throw new IllegalArgumentException(
              "the kernel from '"
                  + from.name()
                  + "' to '"
                  + to.name()
                  + "' must have less than 2^31 weights, got "
                  + kernel.get());
        }
      }
    }
  }

  private static void requireSameUnits(Network network, UnitActivity activity) {
    for (Layer layer : network.layers()) {
      if (activity.units(layer.name()) != layer.units()) {
        throw new IllegalArgumentException(
            "layer '"
                + layer.name()
                + "': the network has "
                + layer.units()
                + " units, the activity "
                + activity.units(layer.name()));
      }
    }
  }

  private static BigInteger[] behind(
      Network network, Layer layer, Map<Layer, BigInteger[]> ends, Connections connections) {
    BigInteger[] behind = new BigInteger[Math.toIntExact(layer.units())];
    Arrays.fill(behind, BigInteger.ZERO);
    for (Layer target : network.targets(layer)) {
      BigInteger[] beyond = ends.get(target);
      for (int unit = 0; unit < behind.length; unit++) {
        int source = unit;
        network
            .wires(layer, target)
            .forEach(
                unit,
                (fed, weight) -> {
                  if (weight < 0 || connections.has(layer, target, weight)) {
                    behind[source] = behind[source].add(beyond[fed]);
                  }
                });
      }
    }
    return behind;
  }
}
