package org.tfemergence.models.text;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.VariableSaver;
import org.tfemergence.models.variable.Variables;
import org.tfemergence.models.weights.WeightSource;
import org.tfemergence.models.weights.WeightTransfer;

/**
 * A trained Transformer, ready to decode: a graph with a session of its own, into which weights are
 * restored as often as wanted, such as after each epoch of a training that goes on elsewhere.
 *
 * <p>Owns native memory: close it. Not for several threads at once.
 */
public final class Translator implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Session session;
  private final SessionVariables variables;
  private final Decoder decoder;
  private boolean restored;

  /**
   * Creates a translator without weights.
   *
   * @param model the network
   */
  public Translator(Transformer model) {
    Ops tf = Ops.create(graph);
    Variables all = Variables.forRestore(tf);
    Model.Built built = model.build(all, Xavier.uniform(0)); // nothing is drawn
    decoder = Decoder.build(tf, model, built);
    VariableSaver saver =
        VariableSaver.build(tf, all.model().stream().map(Variable::weight).toList());
    session = new Session(graph);
    variables = new SessionVariables(session, saver, all.model());
  }

  /**
   * Takes weights. What cannot be read or does not fit leaves those of before; if setting them
   * fails, there are none until others are taken. Of a checkpoint, those that were evaluated come
   * from {@code CheckpointWeights.evaluated}, which checks it in full.
   *
   * @param weights the weights of a network as this, by the names of its variables; others are
   *     passed over
   * @throws IOException if one is missing, of another shape or cannot be read; the message names
   *     all that do not fit
   */
  public void restore(WeightSource weights) throws IOException {
    try {
      WeightTransfer.byName(weights, variables);
    } catch (RuntimeException e) {
      restored = false; // nobody knows which are set
      throw e;
    }
    restored = true;
  }

  /**
   * Decodes a batch of sentences.
   *
   * @param sources the sentences, each ending with {@link SpecialTokens#END}, without padding
   * @param search how to search
   * @return for each sentence what was found, the best first, at least one
   * @throws IllegalArgumentException if a source is one that {@link Transformer#requireSource}
   *     refuses, or the search's least length is above its greatest
   * @throws IllegalStateException if there are no weights yet, or the network's output is not
   *     finite
   */
  public ImmutableList<ImmutableList<Hypothesis>> translate(
      List<int[]> sources, BeamSearch search) {
    if (!restored) {
      throw new IllegalStateException("restore weights before translating");
    }
    return decoder.decode(session, sources, search);
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
