package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.report.proto.SavedHeader;
import org.tfemergence.emergence.report.proto.SavedLayer;
import org.tfemergence.emergence.report.proto.SavedPlace;
import org.tfemergence.emergence.report.proto.SavedReading;

/**
 * A history as the messages of {@code emergence.proto}, and back. Knows no file: what cannot be
 * turned into the other form is an {@link IllegalArgumentException} that tells what was found and
 * what was expected.
 */
final class HistoryMessages {
  static final int FORMAT = 1;

  private static final Pattern DECIMAL = Pattern.compile("0|[1-9][0-9]*");
  /* Of 10,000 layers of a million units. Many more would be read for minutes. */
  private static final int DIGITS = 1 << 16;

  private HistoryMessages() {}

  static SavedHeader header(EmergenceHistory history) {
    requireGranularityOfTheRule(history);
    SavedHeader.Builder header =
        SavedHeader.newBuilder()
            .setFormat(FORMAT)
            .setMeasure(text("measure", history.measure()))
            .setRule(RuleMessages.saved(history.rule()))
            .setReadings(history.readings().size());
    history.measured().place().ifPresent(place -> header.setPlace(saved(place)));
    return header.build();
  }

  private static SavedPlace saved(Measured.Place place) {
    SavedPlace.Builder saved =
        SavedPlace.newBuilder()
            .setSampling(text("sampling", place.sampling()))
            .setTapPoint(
                switch (place.tapPoint()) {
                  case ACTIVATION -> SavedPlace.TapPoint.ACTIVATION;
                  case BEFORE_NORMALIZATION -> SavedPlace.TapPoint.BEFORE_NORMALIZATION;
                });
    place.layers().forEach(layer -> saved.addLayers(text("layer", layer)));
    return saved.build();
  }

  static SavedReading reading(EmergenceReading reading) {
    SavedReading.Builder saved =
        SavedReading.newBuilder()
            .setStep(reading.step())
            .setEpoch(reading.epoch())
            .setExamples(reading.counts().examples())
            .setEmergence(digits(reading.emergence()))
            .setLog10(reading.log10())
            .setParameters(reading.parameters());
    for (LayerActivity layer : reading.counts().layers()) {
      saved
          .addLayersBuilder()
          .setName(text("layer", layer.layer()))
          .setUnits(layer.units())
          .setActive(layer.active())
          .setNonFinite(layer.nonFinite());
    }
    return saved.build();
  }

  /** Refuses a header of another format; to be asked before anything else is read. */
  static void requireKnownFormat(SavedHeader header) {
    if (header.getFormat() < 1) {
      throw new IllegalArgumentException("found no format, expected an emergence history");
    }
    if (header.getFormat() > FORMAT) {
      throw new IllegalArgumentException(
          "found format " + header.getFormat() + ", expected at most " + FORMAT);
    }
  }

  static VerdictRule rule(SavedHeader header) {
    requireAllFields(header, "place");
    requireAllFields(header.getRule());
    return RuleMessages.rule(header.getRule());
  }

  private static Optional<Measured.Place> place(SavedHeader header) {
    if (!header.hasPlace()) {
      return Optional.empty();
    }
    SavedPlace saved = header.getPlace();
    requireAllFields(saved);
    TapPoint point =
        switch (saved.getTapPoint()) {
          case ACTIVATION -> TapPoint.ACTIVATION;
          case BEFORE_NORMALIZATION -> TapPoint.BEFORE_NORMALIZATION;
          case TAP_POINT_UNSPECIFIED, UNRECOGNIZED ->
              throw new IllegalArgumentException(
                  "found tap point "
                      + saved.getTapPoint()
                      + ", expected ACTIVATION or BEFORE_NORMALIZATION");
        };
    return Optional.of(
        new Measured.Place(
            saved.getSampling(), point, ImmutableList.copyOf(saved.getLayersList())));
  }

  static EmergenceHistory history(SavedHeader header, List<EmergenceReading> readings) {
    if (header.getReadings() != readings.size()) {
      throw new IllegalArgumentException(
          "found " + readings.size() + " readings, expected " + header.getReadings());
    }
    return new EmergenceHistory(
        new Measured(header.getMeasure(), rule(header), place(header)),
        ImmutableList.copyOf(readings));
  }

  static EmergenceReading reading(SavedReading saved, VerdictRule rule) {
    requireAllFields(saved);
    ImmutableList.Builder<LayerActivity> layers = ImmutableList.builder();
    for (SavedLayer layer : saved.getLayersList()) {
      requireAllFields(layer);
      layers.add(
          new LayerActivity(
              layer.getName(), layer.getUnits(), layer.getActive(), layer.getNonFinite()));
    }
    return new EmergenceReading(
        saved.getStep(),
        saved.getEpoch(),
        new ActivityCounts(layers.build(), saved.getExamples(), rule.granularity()),
        exact(saved.getEmergence()),
        saved.getLog10(),
        saved.getParameters());
  }

  /** Refuses what the formats have no place for: they say once what a unit is, in the rule. */
  static void requireGranularityOfTheRule(EmergenceHistory history) {
    for (EmergenceReading reading : history.readings()) {
      if (reading.counts().granularity() != history.rule().granularity()) {
        throw new IllegalArgumentException(
            "all readings must be of the rule's "
                + history.rule().granularity()
                + ", got "
                + reading.counts().granularity()
                + " at step "
                + reading.step());
      }
    }
  }

  /** Returns the digits of an exact E; none where it is not known. */
  static String digits(Optional<Emergence> emergence) {
    return emergence.map(exact -> exact.paths().toString()).orElse("");
  }

  /** Returns the exact E of digits, nothing where there are none. */
  static Optional<Emergence> exact(String digits) {
    return digits.isEmpty() ? Optional.empty() : Optional.of(new Emergence(natural(digits)));
  }

  private static BigInteger natural(String digits) {
    if (digits.length() > DIGITS || !DECIMAL.matcher(digits).matches()) {
      throw new IllegalArgumentException(
          "found emergence '"
              + Excerpt.of(digits)
              + "', expected decimal digits, at most "
              + DIGITS);
    }
    return new BigInteger(digits);
  }

  private static void requireAllFields(Message message, String... mayBeMissing) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.hasPresence()
          && !message.hasField(field)
          && !List.of(mayBeMissing).contains(field.getName())) {
        throw new IllegalArgumentException(
            "found no field '" + field.getName() + "', expected one");
      }
    }
  }

  /* Protobuf would write a question mark for half a surrogate pair. */
  private static String text(String what, String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(what + " must be Unicode text, got '" + text + "'");
    }
    return text;
  }
}
