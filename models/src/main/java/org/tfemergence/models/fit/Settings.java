package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.LayerSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.optimize.Optimizer;

/**
 * What things are made with, in words that are the same in every run. What has no words of its own,
 * such as a function, is called {@code unnamed}.
 */
public final class Settings {
  private static final String UNNAMED = "unnamed";
  private static final ImmutableList<Long> SAMPLES =
      ImmutableList.of(1L, 10L, 100L, 1_000L, 10_000L, 100_000L);

  private Settings() {}

  /**
   * Returns what kind of thing something is.
   *
   * @param part the thing
   * @return the simple name of its class; {@code unnamed} for a function or an anonymous class
   */
  public static String kind(Object part) {
    Class<?> type = part.getClass();
    return type.isHidden() || type.isSynthetic() || type.isAnonymousClass()
        ? UNNAMED
        : type.getSimpleName();
  }

  /**
   * Returns what a record is made with.
   *
   * @param part a record
   * @return its components in words by name, in their order; empty for anything else
   */
  public static ImmutableMap<String, String> of(Object part) {
    ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
    for (RecordComponent component : components(part)) {
      settings.put(component.getName(), words(value(part, component)));
    }
    return settings.buildOrThrow();
  }

  /**
   * Returns what a model computes: by each layer's name its kind and what feeds it, and by {@code
   * NAME: COMPONENT} what the layer is made with; of an input its shape and limit.
   */
  static ImmutableMap<String, String> ofLayers(Model model) {
    ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
    Blueprint blueprint = model.blueprint();
    for (InputSpec input : blueprint.inputs()) {
      settings.put(input.name() + ": shape", words(input.shape()));
      input.limit().ifPresent(limit -> settings.put(input.name() + ": limit", words(limit)));
    }
    blueprint
        .layers()
        .forEach(
            (layer, from) -> {
              settings.put(layer.name(), kind(layer) + " of " + String.join(", ", from));
              ofLayer(layer).forEach((name, value) -> settings.put(name, value));
            });
    return settings.buildOrThrow();
  }

  /**
   * Returns how a model is trained; a learning rate by some of its values, {@code undefined} where
   * the schedule has none, being a table of fewer steps.
   */
  static ImmutableMap<String, String> ofTraining(
      Objective objective, Optimizer optimizer, TrainerOptions options) {
    return ImmutableMap.<String, String>builder()
        .put("objective", words(objective))
        .put("optimizer", words(optimizer))
        .put("batchSize", words(options.batching().size()))
        .put("accumulation", words(options.batching().accumulation()))
        .put(
            "learningRate",
            SAMPLES.stream()
                .map(step -> rate(options.updating().learningRate(), step) + " at " + step)
                .collect(Collectors.joining(", ")))
        .put("gradients", words(options.updating().gradients()))
        .put("averageDecay", words(options.updating().averageDecay()))
        .put("devices", words(options.hardware().devices()))
        .put("precision", words(options.hardware().precision()))
        .put("intraOpThreads", words(options.hardware().intraOpThreads()))
        .put("interOpThreads", words(options.hardware().interOpThreads()))
        .buildOrThrow();
  }

  private static String rate(Schedule schedule, long step) {
    try {
      return words(schedule.at(step));
    } catch (RuntimeException e) {
      return "undefined"; // no failure unless the training comes to that step
    }
  }

  /**
   * Tells what differs between settings. What only one side has is told of if it is no component of
   * a layer: a program of another version may know more of those.
   */
  static ImmutableList<String> differences(Map<String, String> saved, Map<String, String> own) {
    List<String> differences = new ArrayList<>();
    saved.forEach(
        (name, value) -> {
          String other = own.get(name);
          if (other == null ? !ofComponent(name) : !other.equals(value)) {
            differences.add(name + " was " + value + ", is " + (other == null ? "not" : other));
          }
        });
    own.forEach(
        (name, value) -> {
          if (!saved.containsKey(name) && !ofComponent(name)) {
            differences.add(name + " was not, is " + value);
          }
        });
    return ImmutableList.copyOf(differences);
  }

  private static boolean ofComponent(String name) {
    return name.contains(": ");
  }

  private static ImmutableMap<String, String> ofLayer(LayerSpec layer) {
    ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
    of(layer)
        .forEach(
            (name, value) -> {
              if (!name.equals("name")) {
                settings.put(layer.name() + ": " + name, value);
              }
            });
    return settings.buildOrThrow();
  }

  /* As the thing's own toString, but that no part of it says where in memory it lies. */
  private static String words(Object value) {
    if (value instanceof Record) {
      return components(value).stream()
          .map(component -> component.getName() + "=" + words(value(value, component)))
          .collect(Collectors.joining(", ", kind(value) + "[", "]"));
    }
    if (value instanceof Optional<?> optional) {
      return optional.map(each -> "Optional[" + words(each) + "]").orElse("Optional.empty");
    }
    if (value instanceof Collection<?> several) {
      return several.stream().map(Settings::words).collect(Collectors.joining(", ", "[", "]"));
    }
    return value == null || hasWords(value) ? String.valueOf(value) : kind(value);
  }

  private static boolean hasWords(Object value) {
    try {
      return value.getClass().getMethod("toString").getDeclaringClass() != Object.class;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e); // every class has one
    }
  }

  private static List<RecordComponent> components(Object part) {
    return part.getClass().isRecord()
        ? Arrays.asList(part.getClass().getRecordComponents())
        : List.of();
  }

  private static Object value(Object part, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true); // of a record that is not public
      return component.getAccessor().invoke(part);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }
}
