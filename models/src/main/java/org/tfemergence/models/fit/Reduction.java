package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.optimize.Gradient;

/** Brings together what several devices found about their shares of a batch. */
final class Reduction {
  private final Ops tf;
  private final List<Tower> towers;

  Reduction(Ops tf, List<Tower> towers) {
    this.tf = tf;
    this.towers = towers;
  }

  /** Returns the sums over the whole batch. */
  Objective.Totals totals() {
    if (towers.size() == 1) {
      return towers.get(0).totals();
    }
    ImmutableMap.Builder<String, Operand<TFloat32>> sums = ImmutableMap.builder();
    for (String name : towers.get(0).totals().sums().keySet()) {
      sums.put(name, sum(tower -> tower.totals().sums().get(name)));
    }
    return new Objective.Totals(
        sum(tower -> tower.totals().loss()),
        sum(tower -> tower.totals().count()),
        sums.buildOrThrow());
  }

  /** Returns the gradients, added. */
  ImmutableList<Gradient> gradients() {
    if (towers.size() == 1) {
      return towers.get(0).gradients();
    }
    ImmutableList.Builder<Gradient> added = ImmutableList.builder();
    for (int i = 0; i < towers.get(0).gradients().size(); i++) {
      int number = i;
      added.add(towers.get(0).gradients().get(i).with(sum(tower -> value(tower, number))));
    }
    return added.build();
  }

  /** Returns the assignments, averaged by how much each share counts. */
  ImmutableList<Pass.Assignment> assignments() {
    if (towers.size() == 1) {
      return towers.get(0).assignments();
    }
    Operand<TFloat32> all = totals().count();
    ImmutableList.Builder<Pass.Assignment> averaged = ImmutableList.builder();
    for (int i = 0; i < towers.get(0).assignments().size(); i++) {
      int number = i;
      averaged.add(
          new Pass.Assignment(
              towers.get(0).assignments().get(i).variable(),
              tf.math.div(
                  sum(
                      tower ->
                          tf.math.mul(
                              tower.assignments().get(number).value(), tower.totals().count())),
                  all)));
    }
    return averaged.build();
  }

  private static Operand<TFloat32> value(Tower tower, int number) {
    return tower.gradients().get(number).value();
  }

  private Operand<TFloat32> sum(Function<Tower, Operand<TFloat32>> part) {
    List<Operand<TFloat32>> parts = new ArrayList<>();
    towers.forEach(tower -> parts.add(part.apply(tower)));
    return tf.math.addN(parts);
  }
}
