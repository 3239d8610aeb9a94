package org.tfemergence.models.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;

/**
 * The plan to bring weights from elsewhere into a model's variables: drawn up from names and shapes
 * alone, before a value is read or a variable touched.
 *
 * @param taken by our variable's name, which weight it gets
 * @param missing variables of ours that get none, with the reason
 * @param superfluous names there that nothing of ours takes, and that were not left on purpose
 * @param misfits variables of ours whose weight there is of another shape, with both shapes
 */
public record WeightTransfer(
    ImmutableMap<String, WeightMap.Taken> taken,
    ImmutableList<String> missing,
    ImmutableList<String> superfluous,
    ImmutableList<String> misfits) {
  /**
   * Draws up a plan.
   *
   * @param source where weights come from
   * @param variables where they go: the variables of the model among them
   * @param map which goes where
   * @return the plan
   * @throws IllegalArgumentException if the map has a variable that the model has not
   */
  public static WeightTransfer plan(
      WeightSource source, SessionVariables variables, WeightMap map) {
    ImmutableMap<String, Shape> shapes = source.shapes();
    Map<String, WeightMap.Taken> taken = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    List<String> misfits = new ArrayList<>();
    Set<String> unknown = new LinkedHashSet<>(map.taken().keySet());
    Set<String> superfluous = new LinkedHashSet<>(shapes.keySet());
    superfluous.removeAll(map.left());
    for (Variable variable : variables.model()) {
      unknown.remove(variable.name());
      WeightMap.Taken from = map.taken().get(variable.name());
      if (from == null) {
        missing.add("'" + variable.name() + "' is not mapped");
        continue;
      }
      superfluous.remove(from.name());
      Shape found = shapes.get(from.name());
      Optional<Shape> expected = from.layout().expected(variable.shape());
      if (found == null) {
        missing.add("'" + variable.name() + "' from '" + from.name() + "', which is not there");
      } else if (!expected.equals(Optional.of(found))) {
        misfits.add(
            "'"
                + variable.name()
                + "' "
                + variable.shape()
                + " from '"
                + from.name()
                + "': found "
                + found
                + ", expected "
                + expected.map(Shape::toString).orElse("another variable")
                + " ("
                + from.layout()
                + ")");
      } else {
        taken.put(variable.name(), from);
      }
    }
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException("the map has variables the model has not: " + unknown);
    }
    return new WeightTransfer(
        ImmutableMap.copyOf(taken),
        ImmutableList.copyOf(missing),
        ImmutableList.copyOf(superfluous),
        ImmutableList.copyOf(misfits));
  }

  /**
   * Brings all of a model's weights: every variable gets one, and every weight there is taken or
   * left on purpose. Anything else is refused before any variable is touched.
   *
   * @param source where weights come from
   * @param variables where they go
   * @param map which goes where
   * @return what was done
   * @throws IOException if something does not fit, with all that does not, or a weight cannot be
   *     read
   * @throws IllegalArgumentException if the map has a variable that the model has not
   */
  public static WeightTransfer all(WeightSource source, SessionVariables variables, WeightMap map)
      throws IOException {
    WeightTransfer plan = plan(source, variables, map);
    plan.requireAllTaken(source, plan.superfluous());
    plan.carryOut(source, variables);
    return plan;
  }

  /**
   * Brings every variable of the model the weight of its own name, laid out as ours; what else
   * there is, such as an optimizer's state in a checkpoint, is passed over.
   *
   * @param source where weights come from
   * @param variables where they go
   * @return what was done
   * @throws IOException if a variable gets none, or one of another shape, with all of them, or a
   *     weight cannot be read
   */
  public static WeightTransfer byName(WeightSource source, SessionVariables variables)
      throws IOException {
    WeightMap map = WeightMap.sameNames(variables.model().stream().map(Variable::name).toList());
    WeightTransfer plan = plan(source, variables, map);
    plan.requireAllTaken(source, List.of());
    plan.carryOut(source, variables);
    return plan;
  }

  /**
   * Brings what fits, such as all but the logits of a model for other classes; the plan tells what
   * was taken and what was not.
   *
   * @param source where weights come from
   * @param variables where they go
   * @param map which goes where
   * @return what was done
   * @throws IOException if a weight cannot be read
   * @throws IllegalArgumentException if the map has a variable that the model has not
   */
  public static WeightTransfer whatFits(
      WeightSource source, SessionVariables variables, WeightMap map) throws IOException {
    WeightTransfer plan = plan(source, variables, map);
    plan.carryOut(source, variables);
    return plan;
  }

  private void requireAllTaken(WeightSource source, List<String> left) throws IOException {
    List<String> wrong = new ArrayList<>();
    missing.forEach(each -> wrong.add("missing: " + each));
    misfits.forEach(each -> wrong.add("of another shape: " + each));
    left.forEach(each -> wrong.add("not taken: '" + each + "'"));
    if (!wrong.isEmpty()) {
      throw new IOException(source.description() + ": " + String.join("; ", wrong));
    }
  }

  /* All values are read before the first is set, so that a damaged file changes nothing. */
  private void carryOut(WeightSource source, SessionVariables variables) throws IOException {
    ImmutableMap<String, Shape> shapes = source.shapes();
    Set<String> names = new LinkedHashSet<>();
    taken.values().forEach(from -> names.add(from.name()));
    ImmutableMap<String, float[]> found = source.values(names);
    Map<String, float[]> values = new LinkedHashMap<>();
    taken.forEach(
        (ours, from) ->
            values.put(
                ours, from.layout().convert(found.get(from.name()), shapes.get(from.name()))));
    variables.assign(values);
  }

  @Override
  public String toString() {
    return "taken "
        + taken.keySet()
        + ", missing "
        + missing
        + ", of another shape "
        + misfits
        + ", not taken "
        + superfluous;
  }
}
