package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tfemergence.emergence.activity.DeadLayerWatch.Told;
import org.tfemergence.emergence.report.Seal;
import org.tfemergence.emergence.report.proto.SavedAlarm;
import org.tfemergence.emergence.report.proto.SavedAlarms;

/**
 * What a watch over dead units knows, as the message {@code SavedAlarms} of {@code
 * emergence.proto}, and back.
 *
 * @param bound the share of dead units from which a layer is told of
 * @param rule when a unit is active, in words
 * @param observations for how many on end a unit must not have been, to be dead
 * @param told by layers' names, what they were told of for
 */
record AlarmState(double bound, String rule, long observations, ImmutableMap<String, Told> told) {
  ByteString bytes() {
    SavedAlarms.Builder saved =
        SavedAlarms.newBuilder().setBound(bound).setRule(rule).setObservations(observations);
    told.forEach(
        (layer, last) ->
            saved.addLayersBuilder().setName(layer).setTold(SavedAlarm.Told.valueOf(last.name())));
    return saved.setSha256(Seal.of(saved.build())).build().toByteString();
  }

  /* Throws an IllegalArgumentException that tells what was found. */
  static AlarmState of(ByteString bytes) {
    SavedAlarms saved = Seal.parse(SavedAlarms.parser(), bytes, "what was told of dead units");
    Seal.require(saved);
    Map<String, Told> told = new LinkedHashMap<>();
    for (SavedAlarm layer : saved.getLayersList()) {
      told.put(
          layer.getName(),
          switch (layer.getTold()) {
            case NOTHING -> Told.NOTHING;
            case MANY -> Told.MANY;
            case ALL -> Told.ALL;
            case TOLD_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException(
                    "found " + layer.getTold() + ", expected NOTHING, MANY or ALL");
          });
    }
    return new AlarmState(
        saved.getBound(), saved.getRule(), saved.getObservations(), ImmutableMap.copyOf(told));
  }

  String words() {
    return "a share of " + bound + " without " + rule + " in " + observations + " observations";
  }
}
