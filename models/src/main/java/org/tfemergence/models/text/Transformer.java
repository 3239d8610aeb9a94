package org.tfemergence.models.text;

import com.google.common.collect.ImmutableList;
import java.util.Collections;
import java.util.Objects;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Model;

/**
 * An encoder-decoder Transformer (Vaswani et al., arXiv 1706.03762), with biases, sinusoidal
 * positions and learnt embeddings as in fairseq.
 *
 * <p>Inputs {@code source} and {@code target}, int32 [batch, positions], padded at their right with
 * {@link SpecialTokens#PADDING}; the target is shifted right and begins with {@link
 * SpecialTokens#END}. Logits [batch, target positions, target vocabulary]: at each position, of the
 * token that comes next.
 *
 * <p>Layers are named {@code encoder_1/attention/queries}, {@code .../keys}, {@code .../values},
 * {@code .../context}, {@code .../projection}, {@code encoder_1/feed_forward/inner}, {@code
 * .../outer}, {@code decoder_1/self/...}, {@code decoder_1/cross/...}, {@code logits}. The scheme
 * of an initialization counts their ranks through the encoder, then through the decoder: queries,
 * keys and values of one attention side by side, its projection behind them, then the two matrices
 * of the feed-forward part. Embeddings and {@code logits} are not drawn by the scheme.
 *
 * @param sourceVocabulary the number of ids of the source, more than {@link SpecialTokens#COUNT}
 * @param targetVocabulary the number of ids of the target, more than {@link SpecialTokens#COUNT}
 * @param positions the greatest number of positions of either, at least 1
 * @param width the number of channels at each position, even, at least 4
 * @param headWidth the number of channels of each attention head, at least 1
 * @param encoder the encoder's blocks, at least one
 * @param decoder the decoder's blocks, at least one
 * @param dropout the rate behind embeddings and every sublayer, in [0, 1)
 * @param attentionDropout the rate at which weights of attentions are dropped, in [0, 1); 0 as
 *     published and in fairseq
 * @param norm where normalization lies
 * @param output what the projection onto the vocabulary is made of
 */
public record Transformer(
    int sourceVocabulary,
    int targetVocabulary,
    int positions,
    int width,
    int headWidth,
    ImmutableList<EncoderBlock> encoder,
    ImmutableList<DecoderBlock> decoder,
    double dropout,
    double attentionDropout,
    Norm norm,
    Output output)
    implements Model {
  /** Where normalization lies. */
  public enum Norm {
    /** Behind every residual add, as published. */
    POST,
    /**
     * At the beginning of every residual branch, and once more at the end of encoder and decoder
     * (Xiong et al., arXiv 2002.04745).
     */
    PRE
  }

  /** What the projection onto the target vocabulary is made of. */
  public enum Output {
    /** The table of the target's embedding, turned around. */
    TIED,
    /** A kernel of its own. */
    OWN
  }

  /**
   * Creates the description of a network.
   *
   * @throws IllegalArgumentException if a number is out of its range, or a layer has 2^31 weights
   *     or more
   */
  public Transformer(
      int sourceVocabulary,
      int targetVocabulary,
      int positions,
      int width,
      int headWidth,
      ImmutableList<EncoderBlock> encoder,
      ImmutableList<DecoderBlock> decoder,
      double dropout,
      double attentionDropout,
      Norm norm,
      Output output) {
    Objects.requireNonNull(encoder, "encoder");
    Objects.requireNonNull(decoder, "decoder");
    Objects.requireNonNull(norm, "norm");
    Objects.requireNonNull(output, "output");
    Require.vocabulary("sourceVocabulary", sourceVocabulary);
    Require.vocabulary("targetVocabulary", targetVocabulary);
    Require.positive("positions", positions);
    if (width < 4 || width % 2 != 0) {
      throw new IllegalArgumentException("width must be even and at least 4, got " + width);
    }
    Require.positive("headWidth", headWidth);
    if (encoder.isEmpty() || decoder.isEmpty()) {
      throw new IllegalArgumentException(
          "encoder and decoder must have at least one block, got "
              + encoder.size()
              + " and "
              + decoder.size());
    }
    Require.rate("dropout", dropout);
    Require.rate("attentionDropout", attentionDropout);
    this.sourceVocabulary = sourceVocabulary;
    this.targetVocabulary = targetVocabulary;
    this.positions = positions;
    this.width = width;
    this.headWidth = headWidth;
    this.encoder = encoder;
    this.decoder = decoder;
    this.dropout = dropout;
    this.attentionDropout = attentionDropout;
    this.norm = norm;
    this.output = output;
    blueprint(); // refuses layers that are too large
  }

  /**
   * Returns a network of equal blocks: Post-LN, with a tied output projection and without dropout.
   *
   * @param sourceVocabulary the number of ids of the source
   * @param targetVocabulary the number of ids of the target
   * @param positions the greatest number of positions
   * @param layers the number of blocks of the encoder, and of the decoder
   * @param width the number of channels at each position
   * @param heads the number of heads, which divides the width
   * @param feedForward the number of units inside the feed-forward parts
   * @return the network's description
   * @throws IllegalArgumentException if a number is out of its range, or the heads do not divide
   *     the width
   */
  public static Transformer of(
      int sourceVocabulary,
      int targetVocabulary,
      int positions,
      int layers,
      int width,
      int heads,
      int feedForward) {
    Require.positive("layers", layers);
    Require.positive("heads", heads);
    if (width % heads != 0) {
      throw new IllegalArgumentException("heads must divide the width " + width + ", got " + heads);
    }
    return new Transformer(
        sourceVocabulary,
        targetVocabulary,
        positions,
        width,
        width / heads,
        ImmutableList.copyOf(Collections.nCopies(layers, new EncoderBlock(heads, feedForward))),
        ImmutableList.copyOf(
            Collections.nCopies(layers, new DecoderBlock(heads, heads, feedForward))),
        0,
        0,
        Norm.POST,
        Output.TIED);
  }

  /**
   * Returns fairseq's {@code transformer_iwslt_de_en} with dropout 0.3: 39,469,056 parameters with
   * vocabularies of 8,848 and 6,632. Of 256 positions, where fairseq allows 1,024; see {@link
   * #withPositions}.
   *
   * @param sourceVocabulary the number of ids of the source
   * @param targetVocabulary the number of ids of the target
   * @return the network's description
   */
  public static Transformer iwslt(int sourceVocabulary, int targetVocabulary) {
    return of(sourceVocabulary, targetVocabulary, 256, 6, 512, 4, 1024).withDropout(0.3);
  }

  /**
   * Returns a network that learns on a laptop: 3 + 3 blocks of width 256 with 4 heads and 512
   * feed-forward units, 128 positions, dropout 0.1.
   *
   * @param sourceVocabulary the number of ids of the source
   * @param targetVocabulary the number of ids of the target
   * @return the network's description
   */
  public static Transformer small(int sourceVocabulary, int targetVocabulary) {
    return of(sourceVocabulary, targetVocabulary, 128, 3, 256, 4, 512).withDropout(0.1);
  }

  /**
   * Returns a network for trying things out: 2 + 2 blocks of width 16 with 2 heads and 32
   * feed-forward units, 16 positions, no dropout.
   *
   * @param sourceVocabulary the number of ids of the source
   * @param targetVocabulary the number of ids of the target
   * @return the network's description
   */
  public static Transformer tiny(int sourceVocabulary, int targetVocabulary) {
    return of(sourceVocabulary, targetVocabulary, 16, 2, 16, 2, 32);
  }

  /**
   * Returns this network with another rate of dropout.
   *
   * @param rate the rate, in [0, 1)
   * @return the description
   */
  public Transformer withDropout(double rate) {
    return with(positions, rate, attentionDropout, norm, output);
  }

  /**
   * Returns this network with another rate of dropout of attentions' weights.
   *
   * @param rate the rate, in [0, 1)
   * @return the description
   */
  public Transformer withAttentionDropout(double rate) {
    return with(positions, dropout, rate, norm, output);
  }

  /**
   * Returns this network for longer or shorter sequences; it has the same variables.
   *
   * @param greatest the greatest number of positions, at least 1
   * @return the description
   */
  public Transformer withPositions(int greatest) {
    return with(greatest, dropout, attentionDropout, norm, output);
  }

  /**
   * Returns this network with normalization elsewhere.
   *
   * @param other where
   * @return the description
   */
  public Transformer withNorm(Norm other) {
    return with(positions, dropout, attentionDropout, other, output);
  }

  /**
   * Returns this network with another output projection.
   *
   * @param other what it is made of
   * @return the description
   */
  public Transformer withOutput(Output other) {
    return with(positions, dropout, attentionDropout, norm, other);
  }

  @Override
  public Blueprint blueprint() {
    return new TransformerPlan(this).draw();
  }

  /**
   * Refuses a source sequence that the network cannot take; whoever feeds one asks first, since
   * native code fails late or, on a GPU, not at all.
   *
   * @param tokens the sequence, without padding
   * @throws IllegalArgumentException if it is empty, longer than {@link #positions}, has an id that
   *     is padding or out of the vocabulary, or does not end with {@link SpecialTokens#END}
   */
  public void requireSource(int... tokens) {
    Require.tokens("source", tokens, positions, sourceVocabulary);
    int last = tokens[tokens.length - 1];
    if (last != SpecialTokens.END) {
      throw new IllegalArgumentException(
          "source must end with the end token " + SpecialTokens.END + ", got " + last);
    }
  }

  /**
   * Refuses a target sequence that the network cannot take, as {@link #requireSource} does.
   *
   * @param tokens the sequence as it is fed, without padding
   * @throws IllegalArgumentException if it is empty, longer than {@link #positions}, or has an id
   *     that is padding or out of the vocabulary
   */
  public void requireTarget(int... tokens) {
    Require.tokens("target", tokens, positions, targetVocabulary);
  }

  private Transformer with(
      int greatest, double rate, double ofAttention, Norm normalization, Output projection) {
    return new Transformer(
        sourceVocabulary,
        targetVocabulary,
        greatest,
        width,
        headWidth,
        encoder,
        decoder,
        rate,
        ofAttention,
        normalization,
        projection);
  }
}
