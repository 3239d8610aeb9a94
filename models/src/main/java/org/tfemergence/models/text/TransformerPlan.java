package org.tfemergence.models.text;

import java.util.Optional;
import java.util.function.UnaryOperator;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Add;
import org.tfemergence.models.layer.Attention;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Blueprint.Node;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.Dropout;
import org.tfemergence.models.layer.Embedding;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.LayerNorm;
import org.tfemergence.models.layer.Positions;
import org.tfemergence.models.layer.TokenLogits;
import org.tfemergence.models.layer.WithGain;
import org.tfemergence.models.text.Transformer.Norm;
import org.tfemergence.models.text.Transformer.Output;

/** Draws the blueprint of a {@link Transformer}. */
final class TransformerPlan {
  /** The name of the input with the source tokens. */
  static final String SOURCE = "source";

  /** The name of the input with the target tokens. */
  static final String TARGET = "target";

  /** The name of the output projection. */
  static final String LOGITS = "logits";

  /** As fairseq numbers positions; weights trained there mean the same here. */
  private static final int FIRST_POSITION = 2;

  /** As in fairseq: the three matrices as if they were one, whose fan-out is three times theirs. */
  private static final double QUERY_KEY_VALUE_GAIN = 1 / Math.sqrt(2);

  private final Transformer model;
  private final Blueprint.Builder plan = Blueprint.builder();

  TransformerPlan(Transformer model) {
    this.model = model;
  }

  /** The name of a part of a block of the decoder; they count from 1. */
  static String decoder(int block, String part) {
    return "decoder_" + block + "/" + part;
  }

  Blueprint draw() {
    Node source = plan.input(InputSpec.ids(SOURCE, model.positions(), model.sourceVocabulary()));
    Node memory = embedded("encoder", source, model.sourceVocabulary());
    for (int i = 0; i < model.encoder().size(); i++) {
      memory = encoderBlock("encoder_" + (i + 1), model.encoder().get(i), memory);
    }
    memory = completed("encoder", memory);
    Node target =
        plan.input(
            InputSpec.ids(TARGET, model.positions(), model.targetVocabulary()), memory.depth());
    Node x = embedded("decoder", target, model.targetVocabulary());
    for (int i = 0; i < model.decoder().size(); i++) {
      x = decoderBlock(i + 1, model.decoder().get(i), x, memory);
    }
    x = completed("decoder", x);
    Optional<String> shared =
        model.output() == Output.TIED ? Optional.of("decoder/embedding") : Optional.empty();
    return plan.build(plan.add(new TokenLogits(LOGITS, model.targetVocabulary(), shared), x));
  }

  private Node embedded(String name, Node ids, int vocabulary) {
    Node x = plan.add(new Embedding(name + "/embedding", vocabulary, model.width()), ids);
    return dropped(name, plan.add(new Positions(name + "/positions", FIRST_POSITION), x));
  }

  private Node completed(String name, Node x) {
    return model.norm() == Norm.PRE ? plan.add(new LayerNorm(name + "/norm"), x) : x;
  }

  private Node encoderBlock(String name, EncoderBlock block, Node x) {
    String attention = name + "/attention";
    Node y =
        residual(attention, x, from -> attention(attention, block.heads(), Reach.ALL, from, from));
    return feedForward(name + "/feed_forward", block.feedForward(), y);
  }

  private Node decoderBlock(int number, DecoderBlock block, Node x, Node memory) {
    String self = decoder(number, "self");
    String cross = decoder(number, "cross");
    Node y = residual(self, x, from -> attention(self, block.heads(), Reach.CAUSAL, from, from));
    Node z =
        residual(cross, y, from -> attention(cross, block.crossHeads(), Reach.ALL, from, memory));
    return feedForward(decoder(number, "feed_forward"), block.feedForward(), z);
  }

  private Node feedForward(String name, int units, Node x) {
    return residual(
        name,
        x,
        from ->
            plan.add(
                new Dense(name + "/outer", model.width(), Activation.LINEAR),
                plan.add(new Dense(name + "/inner", units, Activation.RELU), from)));
  }

  /* Keys and values rank beside the queries, however early what they are made of was complete. */
  private Node attention(String name, int heads, Reach reach, Node from, Node lookedAt) {
    int units = heads * model.headWidth();
    Node others = lookedAt.atDepth(from.depth());
    Node queries = plan.add(projection(name + "/queries", units), from);
    Node keys = plan.add(projection(name + "/keys", units), others);
    Node values = plan.add(projection(name + "/values", units), others);
    Attention product = new Attention(name + "/context", heads, reach, model.attentionDropout());
    Node context = plan.add(product, queries, keys, values);
    return plan.add(new Dense(name + "/projection", model.width(), Activation.LINEAR), context);
  }

  private static WithGain projection(String name, int units) {
    return new WithGain(new Dense(name, units, Activation.LINEAR), QUERY_KEY_VALUE_GAIN);
  }

  private Node residual(String name, Node x, UnaryOperator<Node> branch) {
    boolean before = model.norm() == Norm.PRE;
    LayerNorm norm = new LayerNorm(name + "/norm");
    Node added = dropped(name, branch.apply(before ? plan.add(norm, x) : x));
    Node sum = plan.add(new Add(name + "/add"), x, added);
    return before ? sum : plan.add(norm, sum);
  }

  private Node dropped(String name, Node x) {
    return model.dropout() > 0 ? plan.add(new Dropout(name + "/dropout", model.dropout()), x) : x;
  }
}
