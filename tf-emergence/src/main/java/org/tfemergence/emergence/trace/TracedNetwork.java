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
 * @param kernels the kernel of each layer that counts, by the layer's name, row-major as {@link
 *     org.tfemergence.emergence.network.Wires} numbers it; without those that are constants, that
 *     the graph transposes, or that have no name in the session
 * @param opaque the operations that were taken as all-to-all, as {@code "type 'name'"}
 * @param inputs what to feed, by the name the input was given or has in the signature
 * @param outputs the outputs that were traced, by name likewise
 */
public record TracedNetwork(
    Network network,
    ImmutableList<Tap> taps,
    ImmutableMap<String, Weight> kernels,
    ImmutableList<String> opaque,
    ImmutableMap<String, Output<?>> inputs,
    ImmutableMap<String, Output<?>> outputs) {}
