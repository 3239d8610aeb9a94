package org.tfemergence.models.text;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.While;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.text.IncrementalDecoder.Endpoint;
import org.tfemergence.models.text.IncrementalDecoder.Memory;
import org.tfemergence.models.text.IncrementalDecoder.Stepped;
import org.tfemergence.models.variable.Variables;

/*
 * A functional loop, whose functions are graphs of their own. The body builds the network anew in
 * its graph: variables are handles by name, and are those of the graph around it. What goes from
 * turn to turn are the parts of State, in an order that both functions and the loop share.
 */
/** Greedy search as one operation of a graph, with keys and values kept from token to token. */
final class GreedyLoop {
  private static final String POSITION = "position"; // []
  private static final String LIMIT = "limit"; // [], greatest number of tokens before the end
  private static final String TOKENS = "tokens"; // [sentences], the last ones
  private static final String ENDED = "ended"; // [sentences], 1 where the end has come, else 0
  private static final String PRODUCED = "produced"; // [sentences, positions so far]
  private static final String REAL = "real"; // [sentences, source positions]

  /** The parts of the state that are int32; others are float32. */
  private static final ImmutableSet<String> WHOLE =
      ImmutableSet.of(POSITION, LIMIT, TOKENS, ENDED, PRODUCED);

  private final Transformer model;

  GreedyLoop(Transformer model) {
    this.model = model;
  }

  /** Adds {@code decode}, as {@link IncrementalDecoder#endpoints} describes it. */
  Endpoint endpoint(Ops tf, Model.Built built) {
    IncrementalDecoder decoder = new IncrementalDecoder(model, built);
    Operand<TInt32> source = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, -1)));
    Operand<TInt32> limit = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
    Map<String, Operand<?>> first = first(tf, decoder, source, limit);
    Map<String, Shape> shapes = shapes(decoder);
    List<Operand<?>> state = new ArrayList<>();
    shapes.keySet().forEach(name -> state.add(first.get(name)));
    try (ConcreteFunction more = function(shapes, GreedyLoop::more);
        ConcreteFunction turn = function(shapes, this::turn)) {
      While loop = tf.whileOp(state, more, turn, While.outputShapes(List.copyOf(shapes.values())));
      int at = List.copyOf(shapes.keySet()).indexOf(PRODUCED);
      Output<TInt32> produced = loop.output().get(at).expect(TInt32.class);
      Operand<TBool> words = tf.math.greater(produced, tf.constant(SpecialTokens.END));
      Operand<TInt32> lengths =
          tf.reduceSum(tf.dtypes.cast(words, TInt32.class), tf.constant(new int[] {1}));
      return new Endpoint(
          "decode",
          ImmutableMap.of(TransformerPlan.SOURCE, source, LIMIT, limit),
          ImmutableMap.of("tokens", produced, "lengths", lengths));
    }
  }

  private Map<String, Operand<?>> first(
      Ops tf, IncrementalDecoder decoder, Operand<TInt32> source, Operand<TInt32> limit) {
    Memory memory = decoder.encode(Pass.inference(tf), source);
    Operand<TInt32> sentences = tf.gather(tf.shape(source), tf.constant(0), tf.constant(0));
    Operand<TInt32> zeros = tf.fill(tf.stack(List.of(sentences)), tf.constant(0));
    Operand<TInt32> longest = tf.constant(model.positions() - 1);
    Map<String, Operand<?>> state = new LinkedHashMap<>();
    state.put(POSITION, tf.constant(0));
    state.put(LIMIT, tf.math.maximum(tf.math.minimum(limit, longest), tf.constant(1)));
    state.put(TOKENS, tf.math.add(zeros, tf.constant(SpecialTokens.END)));
    state.put(ENDED, zeros);
    state.put(PRODUCED, tf.fill(tf.stack(List.of(sentences, tf.constant(0))), tf.constant(0)));
    state.put(REAL, memory.real());
    state.putAll(memory.projections());
    for (String layer : decoder.cached()) {
      Operand<TInt32> empty =
          tf.stack(List.of(sentences, tf.constant(0), tf.constant(decoder.units(layer))));
      state.put(layer, tf.fill(empty, tf.constant(0f)));
    }
    return state;
  }

  /* In the loop's order. */
  private static Map<String, Shape> shapes(IncrementalDecoder decoder) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    shapes.put(POSITION, Shape.scalar());
    shapes.put(LIMIT, Shape.scalar());
    shapes.put(TOKENS, Shape.of(-1));
    shapes.put(ENDED, Shape.of(-1));
    shapes.put(PRODUCED, Shape.of(-1, -1));
    shapes.put(REAL, Shape.of(-1, -1));
    for (String layer : decoder.remembered()) {
      shapes.put(layer, Shape.of(-1, -1, decoder.units(layer)));
    }
    for (String layer : decoder.cached()) {
      shapes.put(layer, Shape.of(-1, -1, decoder.units(layer)));
    }
    return shapes;
  }

  /* A function of the state; its outputs are in the order in which it gives them. */
  private static ConcreteFunction function(
      Map<String, Shape> shapes,
      BiFunction<Ops, Map<String, Operand<?>>, Map<String, Operand<?>>> of) {
    return ConcreteFunction.create(
        tf -> {
          Signature.Builder signature = Signature.builder("function");
          Map<String, Operand<?>> state = new LinkedHashMap<>();
          shapes.forEach(
              (name, shape) -> {
                boolean whole = WHOLE.contains(name);
                state.put(
                    name,
                    whole
                        ? tf.placeholder(TInt32.class, Placeholder.shape(shape))
                        : tf.placeholder(TFloat32.class, Placeholder.shape(shape)));
              });
          state.forEach(signature::input);
          of.apply(tf, state).forEach(signature::output);
          return signature.build();
        });
  }

  /*
   * Whether to go on: not all have ended. At the limit the end is forced, but for logits that are
   * not finite, of which no token is the greatest.
   */
  private static Map<String, Operand<?>> more(Ops tf, Map<String, Operand<?>> state) {
    Operand<TBool> goesOn = tf.math.equal(ints(state, ENDED), tf.constant(0));
    return ImmutableMap.of(
        "more",
        tf.math.logicalAnd(
            tf.reduceAny(goesOn, tf.constant(new int[] {0})),
            tf.math.lessEqual(ints(state, POSITION), ints(state, LIMIT))));
  }

  private Map<String, Operand<?>> turn(Ops tf, Map<String, Operand<?>> state) {
    IncrementalDecoder decoder =
        new IncrementalDecoder(
            model, model.build(Variables.forRestore(tf), Xavier.uniform(0))); // nothing is drawn
    Operand<TInt32> position = ints(state, POSITION);
    Memory memory = new Memory(floats(state, decoder.remembered()), floats(state, REAL));
    Stepped stepped =
        decoder.step(
            Pass.inference(tf),
            ints(state, TOKENS),
            position,
            memory,
            floats(state, decoder.cached()));
    Operand<TInt32> chosen = // [sentences]
        tf.math.argMax(
            allowed(tf, stepped.logits(), position, ints(state, LIMIT)),
            tf.constant(1),
            TInt32.class);
    Operand<TInt32> next = // padding behind the end, which is 0
        tf.math.mul(chosen, tf.math.sub(tf.constant(1), ints(state, ENDED)));
    Operand<TBool> ends = tf.math.equal(next, tf.constant(SpecialTokens.END));
    Map<String, Operand<?>> then = new LinkedHashMap<>(state);
    then.put(POSITION, tf.math.add(position, tf.constant(1)));
    then.put(TOKENS, next);
    then.put(ENDED, tf.math.maximum(ints(state, ENDED), tf.dtypes.cast(ends, TInt32.class)));
    then.put(
        PRODUCED,
        tf.concat(
            List.of(ints(state, PRODUCED), tf.expandDims(next, tf.constant(1))), tf.constant(1)));
    then.putAll(stepped.cache());
    Map<String, Operand<?>> outputs = new LinkedHashMap<>();
    then.forEach((name, value) -> outputs.put(name, tf.identity(value)));
    return outputs;
  }

  /* As in a beam search of width 1: no end at first, nothing but the end at the limit. */
  private Operand<TFloat32> allowed(
      Ops tf, Operand<TFloat32> logits, Operand<TInt32> position, Operand<TInt32> limit) {
    return AllowedTokens.of(
        tf,
        logits,
        model.targetVocabulary(),
        tf.math.equal(position, tf.constant(0)),
        tf.math.greaterEqual(position, limit));
  }

  private static Operand<TInt32> ints(Map<String, Operand<?>> state, String name) {
    return state.get(name).asOutput().expect(TInt32.class);
  }

  private static Operand<TFloat32> floats(Map<String, Operand<?>> state, String name) {
    return state.get(name).asOutput().expect(TFloat32.class);
  }

  private static ImmutableMap<String, Operand<TFloat32>> floats(
      Map<String, Operand<?>> state, List<String> names) {
    return names.stream()
        .collect(ImmutableMap.toImmutableMap(name -> name, name -> floats(state, name)));
  }
}
