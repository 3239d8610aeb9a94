package org.tfemergence.models.fit;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.data.PixelScaling;

/**
 * What a training learns from, as far as its checkpoints tell: among their options, in words.
 *
 * @param examples how many
 * @param scaling how their bytes became numbers; empty if they were numbers
 */
record TrainedOn(int examples, Optional<PixelScaling> scaling) {
  private static final String EXAMPLES = "examples";
  private static final String MEAN = "pixelMean";
  private static final String DEVIATION = "pixelDeviation";
  private static final String BETWEEN = ", ";

  static TrainedOn of(Dataset training) {
    return new TrainedOn(training.size(), training.scaling());
  }

  /** Reads what {@link #options} wrote; empty if there is nothing of it. */
  static Optional<TrainedOn> of(Map<String, String> options) {
    return Optional.ofNullable(options.get(EXAMPLES))
        .map(
            examples ->
                new TrainedOn(
                    Integer.parseInt(examples),
                    Optional.ofNullable(options.get(MEAN))
                        .map(
                            mean ->
                                new PixelScaling(numbers(mean), numbers(options.get(DEVIATION))))));
  }

  /** Returns a checkpoint's options without what is told here. */
  static Map<String, String> without(Map<String, String> options) {
    Map<String, String> rest = new LinkedHashMap<>(options);
    ImmutableList.of(EXAMPLES, MEAN, DEVIATION).forEach(rest::remove);
    return rest;
  }

  ImmutableMap<String, String> options() {
    ImmutableMap.Builder<String, String> options = ImmutableMap.builder();
    options.put(EXAMPLES, Integer.toString(examples));
    scaling.ifPresent(
        pixels -> {
          options.put(MEAN, Joiner.on(BETWEEN).join(pixels.mean()));
          options.put(DEVIATION, Joiner.on(BETWEEN).join(pixels.deviation()));
        });
    return options.buildOrThrow();
  }

  private static ImmutableList<Double> numbers(String words) {
    return Splitter.on(BETWEEN)
        .splitToStream(words)
        .map(Double::valueOf)
        .collect(ImmutableList.toImmutableList());
  }
}
