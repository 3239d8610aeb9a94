package org.tfemergence.models.text;

import org.tfemergence.models.weights.WeightMap;

/** How PyTorch's {@code nn.Transformer} names the weights that a {@link Transformer} has too. */
public final class TorchTransformer {
  private TorchTransformer() {}

  /**
   * Maps the blocks of a network from {@code nn.Transformer}. Its embeddings, and a projection of
   * its own, are modules of the user's there: add {@code encoder/embedding} and {@code
   * decoder/embedding} by {@link WeightMap.Builder#torchEmbedding}, and the variable {@code
   * logits/kernel}.
   *
   * <p>A network with its norms behind ({@link Transformer.Norm#POST}) has none behind the last
   * block, as {@code nn.TransformerEncoder} without {@code norm}; {@code nn.Transformer} makes one,
   * which such a network cannot take.
   *
   * @param model the network
   * @param module the name of the {@code nn.Transformer}
   * @return the map, to be completed
   */
  public static WeightMap.Builder blocks(Transformer model, String module) {
    WeightMap.Builder map = WeightMap.builder();
    for (int i = 0; i < model.encoder().size(); i++) {
      String ours = "encoder_" + (i + 1);
      String theirs = module + ".encoder.layers." + i;
      map.torchAttention(ours + "/attention", theirs + ".self_attn")
          .torchLayerNorm(ours + "/attention/norm", theirs + ".norm1");
      feedForward(map, ours, theirs, ".norm2");
    }
    for (int i = 0; i < model.decoder().size(); i++) {
      String ours = "decoder_" + (i + 1);
      String theirs = module + ".decoder.layers." + i;
      map.torchAttention(ours + "/self", theirs + ".self_attn")
          .torchLayerNorm(ours + "/self/norm", theirs + ".norm1")
          .torchAttention(ours + "/cross", theirs + ".multihead_attn")
          .torchLayerNorm(ours + "/cross/norm", theirs + ".norm2");
      feedForward(map, ours, theirs, ".norm3");
    }
    if (model.norm() == Transformer.Norm.PRE) {
      map.torchLayerNorm("encoder/norm", module + ".encoder.norm")
          .torchLayerNorm("decoder/norm", module + ".decoder.norm");
    }
    return map;
  }

  private static void feedForward(WeightMap.Builder map, String ours, String theirs, String norm) {
    map.torchLinear(ours + "/feed_forward/inner", theirs + ".linear1")
        .torchLinear(ours + "/feed_forward/outer", theirs + ".linear2")
        .torchLayerNorm(ours + "/feed_forward/norm", theirs + norm);
  }
}
