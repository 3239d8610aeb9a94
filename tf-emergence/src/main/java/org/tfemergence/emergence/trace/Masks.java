package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.tensorflow.Output;
import org.tensorflow.proto.TensorProto;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;

/**
 * Finds who may look where in an attention by trying its masks out: the way from the scores to the
 * weights is computed for scores that are all equal.
 */
final class Masks {
  private static final float LOW = 1;
  private static final float HIGH = 3;

  private final Site site;
  private final Flow.Scores scores;
  private final Output<?> weights;
  private final long batch;
  private final ImmutableList<Long> sizes;
  private final AtomicBoolean inputsAsked = new AtomicBoolean();

  private Masks(Site site, Flow.Scores scores, Output<?> weights) {
    this.site = site;
    this.scores = scores;
    this.weights = weights;
    this.batch = site.scratch().batch(1);
    ImmutableList.Builder<Long> all = ImmutableList.builder();
    for (char role : scores.roles().toCharArray()) {
      all.add(
          switch (role) {
            case 'b' -> batch;
            case 't' -> scores.query().shape().get(0);
            case 's' -> scores.key().shape().get(0);
            default -> (long) scores.heads();
          });
    }
    this.sizes = all.build();
  }

  /*
   * What a mask that is computed from the network's inputs hides depends on them. All their values
   * are set to one number, in turn 0, 1 and 2 (of a token, or of a flag that tells what is real)
   * and the number of positions (of a length); for none of them may queries see anything but all,
   * all before them, or either without some keys.
   */
  /**
   * Returns who may look where.
   *
   * @param site the product of weights and values
   * @param scores what the weights were computed from
   * @param weights what the values are multiplied with
   * @throws NotUnderstood if it is neither all at all nor causal, or cannot be told
   */
  static Reach reach(Site site, Flow.Scores scores, Output<?> weights) {
    if (scores.masks().isEmpty()) {
      return Reach.ALL;
    }
    Masks masks = new Masks(site, scores, weights);
    String named = "the mask in " + scores.masks() + " is not understood: ";
    Set<VisibleKeys> tried = EnumSet.noneOf(VisibleKeys.class);
    try {
      tried.add(masks.look(1));
      if (masks.inputsAsked.get()) {
        long longest = Math.max(scores.query().shape().get(0), scores.key().shape().get(0));
        for (double value : new double[] {0, 2, (double) longest}) {
          tried.add(masks.look(value));
        }
      }
    } catch (NotUnderstood reason) {
      throw new NotUnderstood(named + reason.getMessage());
    }
    return VisibleKeys.reach(tried)
        .orElseThrow(
            () -> new NotUnderstood(named + "it lets neither all at all nor each at those before"));
  }

  private VisibleKeys look(double inputs) {
    float[] low = site.scratch().floats(weights, tensor -> given(tensor, LOW, inputs));
    float[] high = site.scratch().floats(weights, tensor -> given(tensor, HIGH, inputs));
    int query = scores.roles().indexOf('t');
    int key = scores.roles().indexOf('s');
    long expected = sizes.stream().reduce(1L, Math::multiplyExact);
    NotUnderstood.unless(low.length == expected, "it makes " + low.length + " of " + expected);
    return VisibleKeys.of(
        low,
        high,
        Math.toIntExact(sizes.get(query)),
        stride(query),
        Math.toIntExact(sizes.get(key)),
        stride(key));
  }

  private int stride(int axis) {
    return Math.toIntExact(
        sizes.subList(axis + 1, sizes.size()).stream().reduce(1L, Math::multiplyExact));
  }

  private Optional<TensorProto> given(Output<?> tensor, float score, double input) {
    if (tensor.equals(scores.product())) {
      return Optional.of(Scratch.splat(tensor.dataType(), sizes, score));
    }
    if (site.scratch().isInput(tensor)) {
      inputsAsked.set(true);
    }
    return site.stands(tensor, batch, input);
  }
}
