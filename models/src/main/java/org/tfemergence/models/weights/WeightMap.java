package org.tfemergence.models.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Which weight of another model each variable of ours gets, and how it is laid out there.
 *
 * <pre>{@code
 * WeightMap map =
 *     WeightMap.builder()
 *         .torchLinear("dense_1", "fc1") // kernel and bias
 *         .torchLinear("logits", "fc2")
 *         .leave("fc1.scale") // nothing of ours takes it
 *         .build();
 * }</pre>
 *
 * @param taken by our variable's name, what it gets
 * @param left names there that are left on purpose
 */
public record WeightMap(ImmutableMap<String, Taken> taken, ImmutableSet<String> left) {
  /** Refuses null. */
  public WeightMap {
    Objects.requireNonNull(taken, "taken");
    Objects.requireNonNull(left, "left");
  }

  /**
   * A weight there.
   *
   * @param name its name
   * @param layout how it is laid out
   */
  public record Taken(String name, Layout layout) {
    /** Refuses null. */
    public Taken {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(layout, "layout");
    }
  }

  /**
   * Returns the map for weights of our own names and layouts, as checkpoints and our {@code .npz}
   * files hold them.
   *
   * @param names the names
   * @return a map of each name to itself
   */
  public static WeightMap sameNames(Iterable<String> names) {
    Builder builder = builder();
    names.forEach(name -> builder.put(name, name, Layout.AS_IS));
    return builder.build();
  }

  /**
   * Starts a map.
   *
   * @return an empty one
   */
  public static Builder builder() {
    return new Builder();
  }

  /** A map in the making. */
  public static final class Builder {
    private static final ImmutableList<String> PARTS =
        ImmutableList.of("/queries", "/keys", "/values");
    private static final ImmutableList<String> KERAS = ImmutableList.of("/query", "/key", "/value");

    private final Map<String, Taken> taken = new LinkedHashMap<>();
    private final Set<String> left = new HashSet<>();

    private Builder() {}

    /**
     * Maps a variable.
     *
     * @param ours our variable's name
     * @param theirs the name there
     * @param layout the layout there
     * @return this
     * @throws IllegalArgumentException if the variable was mapped before
     */
    public Builder put(String ours, String theirs, Layout layout) {
      Objects.requireNonNull(ours, "ours");
      Objects.requireNonNull(theirs, "theirs");
      Objects.requireNonNull(layout, "layout");
      if (taken.put(ours, new Taken(theirs, layout)) != null) {
        throw new IllegalArgumentException("variable '" + ours + "' is mapped twice");
      }
      return this;
    }

    /**
     * Maps a dense layer from PyTorch's Linear.
     *
     * @param ours our layer's name
     * @param theirs the module's name
     * @return this
     */
    public Builder torchLinear(String ours, String theirs) {
      Objects.requireNonNull(ours, "ours");
      Objects.requireNonNull(theirs, "theirs");
      return put(ours + "/kernel", theirs + ".weight", Layout.TORCH_LINEAR)
          .put(ours + "/bias", theirs + ".bias", Layout.AS_IS);
    }

    /**
     * Maps a convolution from PyTorch's Conv2d, kernel and bias, be it in groups or depthwise.
     *
     * @param ours our layer's name
     * @param theirs the module's name
     * @return this
     */
    public Builder torchConvolution(String ours, String theirs) {
      Objects.requireNonNull(ours, "ours");
      Objects.requireNonNull(theirs, "theirs");
      return torchConvolutionWithoutBias(ours, theirs)
          .put(ours + "/bias", theirs + ".bias", Layout.AS_IS);
    }

    /**
     * Maps a convolution from PyTorch's Conv2d made with {@code bias=False}.
     *
     * @param ours our layer's name
     * @param theirs the module's name
     * @return this
     */
    public Builder torchConvolutionWithoutBias(String ours, String theirs) {
      Objects.requireNonNull(ours, "ours");
      Objects.requireNonNull(theirs, "theirs");
      return put(ours + "/kernel", theirs + ".weight", Layout.TORCH_CONVOLUTION);
    }

    /**
     * Maps what an attention is made with from PyTorch's MultiheadAttention, whose queries, keys
     * and values are one packed weight.
     *
     * @param ours the name before {@code /queries}, {@code /keys}, {@code /values} and {@code
     *     /projection}, which are dense layers
     * @param theirs the module's name
     * @return this
     */
    public Builder torchAttention(String ours, String theirs) {
      Objects.requireNonNull(ours, "ours");
      Objects.requireNonNull(theirs, "theirs");
      for (int part = 0; part < PARTS.size(); part++) {
        Layout packed = Layout.torchPacked(part, PARTS.size());
        put(ours + PARTS.get(part) + "/kernel", theirs + ".in_proj_weight", packed);
        put(ours + PARTS.get(part) + "/bias", theirs + ".in_proj_bias", packed);
      }
      return torchLinear(ours + "/projection", theirs + ".out_proj");
    }

    /**
     * Maps what an attention is made with from Keras' MultiHeadAttention.
     *
     * @param ours the name before {@code /queries}, {@code /keys}, {@code /values} and {@code
     *     /projection}, which are dense layers
     * @param theirs the path of the layer, before {@code /query/kernel} and others
     * @param heads its number of heads
     * @return this
     */
    public Builder kerasAttention(String ours, String theirs, int heads) {
      Objects.requireNonNull(ours, "ours");
      Objects.requireNonNull(theirs, "theirs");
      Layout layout = Layout.kerasToHeads(heads);
      for (int part = 0; part < PARTS.size(); part++) {
        put(ours + PARTS.get(part) + "/kernel", theirs + KERAS.get(part) + "/kernel", layout);
        put(ours + PARTS.get(part) + "/bias", theirs + KERAS.get(part) + "/bias", layout);
      }
      String output = theirs + "/attention_output";
      return put(ours + "/projection/kernel", output + "/kernel", Layout.kerasFromHeads(heads))
          .put(ours + "/projection/bias", output + "/bias", Layout.AS_IS);
    }

    /**
     * Maps a normalization from PyTorch's BatchNorm2d; its count of batches is left.
     *
     * @param ours the name of our layer that normalizes
     * @param theirs the module's name
     * @return this
     */
    public Builder torchBatchNorm(String ours, String theirs) {
      Objects.requireNonNull(ours, "ours");
      Objects.requireNonNull(theirs, "theirs");
      return torchLayerNorm(ours, theirs)
          .put(ours + "/moving_mean", theirs + ".running_mean", Layout.AS_IS)
          .put(ours + "/moving_variance", theirs + ".running_var", Layout.AS_IS)
          .leave(theirs + ".num_batches_tracked");
    }

    /**
     * Maps a normalization from PyTorch's LayerNorm.
     *
     * @param ours our layer's name
     * @param theirs the module's name
     * @return this
     */
    public Builder torchLayerNorm(String ours, String theirs) {
      Objects.requireNonNull(ours, "ours");
      Objects.requireNonNull(theirs, "theirs");
      return put(ours + "/gain", theirs + ".weight", Layout.AS_IS)
          .put(ours + "/offset", theirs + ".bias", Layout.AS_IS);
    }

    /**
     * Maps an embedding from PyTorch's Embedding. Id 0 is padding here, whose row is not looked at;
     * what is looked up is multiplied by the square root of the width.
     *
     * @param ours our layer's name
     * @param theirs the module's name
     * @return this
     */
    public Builder torchEmbedding(String ours, String theirs) {
      Objects.requireNonNull(ours, "ours");
      Objects.requireNonNull(theirs, "theirs");
      return put(ours + "/table", theirs + ".weight", Layout.AS_IS);
    }

    /**
     * Leaves a weight there on purpose.
     *
     * @param theirs its name
     * @return this
     */
    public Builder leave(String theirs) {
      Objects.requireNonNull(theirs, "theirs");
      left.add(theirs);
      return this;
    }

    /**
     * Completes the map.
     *
     * @return the map
     */
    public WeightMap build() {
      return new WeightMap(ImmutableMap.copyOf(taken), ImmutableSet.copyOf(left));
    }
  }
}
