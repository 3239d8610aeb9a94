package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.tensorflow.Output;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Network;

/**
 * What a graph computes, as emergence sees it.
 *
 * @param network the layers and how they are wired
 * @param taps where the activations of each layer that counts can be read, in the order of {@link
 *     Network#layers()}
 * @param kernels the kernels that can be read, by the layer's name: the graph multiplies with just
 *     these values, row-major as {@link org.tfemergence.emergence.network.Wires} numbers them, or
 *     with their transpose, where they say so ({@link Weight#isTransposed})
 * @param hiddenKernels why the other kernels cannot be read, by the layer's name: they are
 *     constants, have no name in the session, or are computed from variables
 * @param uncounted what is not counted as a parameter and may have been learnt, by its name, with
 *     the reason: moving statistics, and constants of frozen graphs that nothing tells from
 *     variables
 * @param opaque the operations that were taken as all-to-all, as {@code "type 'name'"}
 * @param inputs what to feed, by the name the input was given or has in the signature
 * @param outputs the outputs that were traced, by name likewise
 */
public record TracedNetwork(
    Network network,
    ImmutableList<Tap> taps,
    ImmutableMap<String, Weight> kernels,
    ImmutableMap<String, String> hiddenKernels,
    ImmutableMap<String, String> uncounted,
    ImmutableList<String> opaque,
    ImmutableMap<String, Output<?>> inputs,
    ImmutableMap<String, Output<?>> outputs) {
  /**
   * Returns the kernels where none is hidden: what to mask connections by, since {@link
   * org.tfemergence.emergence.graph.KernelMasks} takes a kernel that it is not given for a whole
   * one.
   *
   * @return {@link #kernels()}
   * @throws IllegalStateException if a kernel is hidden, with all that are and the reasons
   */
  public ImmutableMap<String, Weight> allKernels() {
    if (!hiddenKernels.isEmpty()) {
      throw new IllegalStateException("kernels that cannot be read: " + hiddenKernels);
    }
    return kernels;
  }
}
