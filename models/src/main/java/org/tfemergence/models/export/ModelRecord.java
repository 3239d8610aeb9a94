package org.tfemergence.models.export;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.models.data.PixelScaling;
import org.tfemergence.models.fit.Settings;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.layer.Model;

/**
 * What an export tells of the model it holds: what it is, how it began, what became of it. Start
 * from {@link #of}.
 *
 * @param model the name of the kind of model
 * @param settings its sizes and choices by name, in words
 * @param profile how the initialization's factors depend on depth, in words; empty without a plan
 * @param plan the rows of the initialization's plan
 * @param histories how emergence went during training, one for each way it was measured
 * @param sparsity how much of each kernel is not zero, if some of it is: masks live in the weights
 * @param pixels how the exported graph makes numbers of the bytes of images that {@code
 *     serving_default} takes; empty if that signature takes numbers, as the model was trained on
 */
public record ModelRecord(
    String model,
    ImmutableMap<String, String> settings,
    String profile,
    ImmutableList<InitPlan.Row> plan,
    ImmutableList<EmergenceHistory> histories,
    ImmutableList<Sparsity> sparsity,
    Optional<PixelScaling> pixels) {
  /**
   * How much of a weight pruning has left.
   *
   * @param weight the weight's name
   * @param size the number of its elements
   * @param kept how many of them are not zero, from 0 to {@code size}
   */
  public record Sparsity(String weight, long size, long kept) {
    /**
     * Creates a row.
     *
     * @throws IllegalArgumentException if {@code kept} is not in [0, size]
     */
    public Sparsity {
      if (kept < 0 || kept > size) {
        throw new IllegalArgumentException(
            "weight '" + weight + "': kept must be in [0, " + size + "], got " + kept);
      }
    }
  }

  /** Creates a record. */
  public ModelRecord {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(settings, "settings");
    Objects.requireNonNull(profile, "profile");
    Objects.requireNonNull(plan, "plan");
    Objects.requireNonNull(histories, "histories");
    Objects.requireNonNull(sparsity, "sparsity");
    Objects.requireNonNull(pixels, "pixels");
  }

  /**
   * Describes a model; of a record type, by its components.
   *
   * @param model the model
   * @return its name, {@code unnamed} for a function, and settings
   */
  public static ModelRecord of(Model model) {
    return new ModelRecord(
        Settings.kind(model),
        Settings.of(model),
        "",
        ImmutableList.of(),
        ImmutableList.of(),
        ImmutableList.of(),
        Optional.empty());
  }

  /**
   * Describes a model, how a trainer has initialized it, and how emergence went in each {@link
   * EmergenceCallback} among the trainer's callbacks.
   *
   * @param trainer the trainer
   * @return all that the trainer knows
   */
  public static ModelRecord of(Trainer trainer) {
    ModelRecord record = of(trainer.model()).withPlan(trainer.initialization());
    for (TrainingCallback callback : trainer.callbacks()) {
      if (callback instanceof EmergenceCallback measuring) {
        record = record.withHistory(measuring.history());
      }
    }
    return record;
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
        histories,
        sparsity,
        pixels);
  }

  /**
   * Adds how emergence went.
   *
   * @param history what was measured
   * @return a new record, with those it had before
   */
  public ModelRecord withHistory(EmergenceHistory history) {
    return new ModelRecord(
        model,
        settings,
        profile,
        plan,
        ImmutableList.<EmergenceHistory>builder().addAll(histories).add(history).build(),
        sparsity,
        pixels);
  }

  /** Tells what was exported: what pruning has left, a row per pruned weight, and the scaling. */
  ModelRecord exported(List<Sparsity> rows, Optional<PixelScaling> scaling) {
    return new ModelRecord(
        model, settings, profile, plan, histories, ImmutableList.copyOf(rows), scaling);
  }
}
