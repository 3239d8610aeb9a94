package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.activity.Sign;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.report.proto.SavedHeader;
import org.tfemergence.emergence.report.proto.SavedLayer;
import org.tfemergence.emergence.report.proto.SavedReading;
import org.tfemergence.emergence.report.proto.SavedRule;

/**
 * A history as the messages of {@code emergence.proto}, and back. Knows no file: what cannot be
 * turned into the other form is an {@link IllegalArgumentException} that tells what was found and
 * what was expected.
 */
final class HistoryMessages {
  static final int FORMAT = 1;

  private static final Pattern DECIMAL = Pattern.compile("0|[1-9][0-9]*");

  private HistoryMessages() {}

  static SavedHeader header(EmergenceHistory history) {
    return SavedHeader.newBuilder()
        .setFormat(FORMAT)
        .setMeasure(text("measure", history.measure()))
        .setRule(rule(history.rule()))
        .setReadings(history.readings().size())
        .build();
  }

  static SavedReading reading(EmergenceReading reading) {
    SavedReading.Builder saved =
        SavedReading.newBuilder()
            .setStep(reading.step())
            .setEpoch(reading.epoch())
            .setExamples(reading.counts().examples())
            .setEmergence(reading.emergence().paths().toString())
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

  static EmergenceHistory history(SavedHeader header, List<EmergenceReading> readings) {
    requireAllFields(header);
    requireAllFields(header.getRule());
    if (header.getReadings() != readings.size()) {
      throw new IllegalArgumentException(
          "found " + readings.size() + " readings, expected " + header.getReadings());
    }
    return new EmergenceHistory(
        header.getMeasure(), rule(header.getRule()), ImmutableList.copyOf(readings));
  }

  static EmergenceReading reading(SavedReading saved) {
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
        new ActivityCounts(layers.build(), saved.getExamples()),
        new Emergence(natural(saved.getEmergence())),
        saved.getLog10(),
        saved.getParameters());
  }

  /** Returns the number that decimal digits stand for. */
  static BigInteger natural(String digits) {
    if (!DECIMAL.matcher(digits).matches()) {
      throw new IllegalArgumentException(
          "found emergence '" + Excerpt.of(digits) + "', expected decimal digits");
    }
    return new BigInteger(digits);
  }

  private static void requireAllFields(Message message) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.hasPresence() && !message.hasField(field)) {
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

  private static SavedRule rule(ActivityRule rule) {
    SavedRule.Builder saved = SavedRule.newBuilder().setThreshold(rule.threshold()).setRho(0);
    if (rule.reducer() instanceof Reducer.Mean) {
      saved.setReducer(SavedRule.Reducer.MEAN);
    } else if (rule.reducer() instanceof Reducer.Max) {
      saved.setReducer(SavedRule.Reducer.MAX);
    } else if (rule.reducer() instanceof Reducer.Share share) {
      saved.setReducer(SavedRule.Reducer.SHARE).setRho(share.rho());
    }
    return saved
        .setSign(
            switch (rule.sign()) {
              case AS_IS -> SavedRule.Sign.AS_IS;
              case ABSOLUTE -> SavedRule.Sign.ABSOLUTE;
            })
        .setGranularity(
            switch (rule.granularity()) {
              case UNITS -> SavedRule.Granularity.UNITS;
              case CHANNELS -> SavedRule.Granularity.CHANNELS;
            })
        .build();
  }

  private static ActivityRule rule(SavedRule saved) {
    Reducer reducer =
        switch (saved.getReducer()) {
          case MEAN -> Reducer.mean();
          case MAX -> Reducer.max();
          case SHARE -> Reducer.share(saved.getRho());
          case REDUCER_UNSPECIFIED, UNRECOGNIZED ->
              throw new IllegalArgumentException(
                  "found reducer " + saved.getReducer() + ", expected MEAN, MAX or SHARE");
        };
    Sign sign =
        switch (saved.getSign()) {
          case AS_IS -> Sign.AS_IS;
          case ABSOLUTE -> Sign.ABSOLUTE;
          case SIGN_UNSPECIFIED, UNRECOGNIZED ->
              throw new IllegalArgumentException(
                  "found sign " + saved.getSign() + ", expected AS_IS or ABSOLUTE");
        };
    Granularity granularity =
        switch (saved.getGranularity()) {
          case UNITS -> Granularity.UNITS;
          case CHANNELS -> Granularity.CHANNELS;
          case GRANULARITY_UNSPECIFIED, UNRECOGNIZED ->
              throw new IllegalArgumentException(
                  "found granularity " + saved.getGranularity() + ", expected UNITS or CHANNELS");
        };
    return new ActivityRule(reducer, saved.getThreshold(), sign, granularity);
  }
}
