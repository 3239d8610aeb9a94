package org.tfemergence.models.export;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Objects;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.models.layer.Model;

/**
 * What an export tells of the model it holds: what it is, how it began, what became of it. Start
 * from {@link #of}.
 *
 * @param model the name of the kind of model
 * @param settings its sizes and choices by name, in words
 * @param profile how the initialization's factors depend on depth, in words; empty without a plan
 * @param plan the rows of the initialization's plan
 * @param history how emergence went during training, as the bytes of {@code emergence.proto}'s
 *     {@code SavedHistory}; empty if it was not measured
 * @param sparsity how much of each weight pruning has left
 */
public record ModelRecord(
    String model,
    ImmutableMap<String, String> settings,
    String profile,
    ImmutableList<InitPlan.Row> plan,
    ByteString history,
    ImmutableList<Sparsity> sparsity) {
  /**
   * How much of a weight pruning has left.
   *
   * @param weight the weight's name
   * @param kept the number of elements that are not masked
   * @param total the number of its elements
   */
  public record Sparsity(String weight, long kept, long total) {
    /**
     * Creates a row.
     *
     * @throws IllegalArgumentException if {@code kept} is not in [0, total]
     */
    public Sparsity {
      if (kept < 0 || kept > total) {
        throw new IllegalArgumentException(
            "weight '" + weight + "': kept must be in [0, " + total + "], got " + kept);
      }
    }
  }

  /** Creates a record. */
  public ModelRecord {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(settings, "settings");
    Objects.requireNonNull(profile, "profile");
    Objects.requireNonNull(plan, "plan");
    Objects.requireNonNull(history, "history");
    Objects.requireNonNull(sparsity, "sparsity");
  }

  /**
   * Describes a model; of a record type, by its components.
   *
   * @param model the model
   * @return its name and settings
   */
  public static ModelRecord of(Model model) {
    Class<?> type = model.getClass();
    ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
    if (type.isRecord()) {
      for (RecordComponent component : type.getRecordComponents()) {
        settings.put(component.getName(), String.valueOf(value(model, component)));
      }
    }
    return new ModelRecord(
        type.getSimpleName(),
        settings.buildOrThrow(),
        "",
        ImmutableList.of(),
        ByteString.EMPTY,
        ImmutableList.of());
  }

  /**
   * Adds how the model was initialized.
   *
   * @param initialization the plan of its kernels
   * @return a new record
   */
  public ModelRecord withPlan(InitPlan initialization) {
    return new ModelRecord(
        model,
        settings,
        initialization.profile().toString(),
        initialization.rows(),
        history,
        sparsity);
  }

  /**
   * Adds how emergence went.
   *
   * @param readings the history's bytes, as its protobuf file holds them
   * @return a new record
   */
  public ModelRecord withHistory(ByteString readings) {
    return new ModelRecord(model, settings, profile, plan, readings, sparsity);
  }

  /**
   * Adds what pruning has left.
   *
   * @param rows a row per pruned weight
   * @return a new record
   */
  public ModelRecord withSparsity(List<Sparsity> rows) {
    return new ModelRecord(model, settings, profile, plan, history, ImmutableList.copyOf(rows));
  }

  private static Object value(Model model, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true); // of a record that is not public
      return component.getAccessor().invoke(model);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }
}
