package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tfemergence.emergence.activity.DeadLayerWatch.Told;
import org.tfemergence.emergence.report.proto.SavedAlarm;
import org.tfemergence.emergence.report.proto.SavedAlarms;

/**
 * What a watch over dead units knows, as the message {@code SavedAlarms} of {@code
 * emergence.proto}, and back.
 *
 * @param bound the share of dead units from which a layer is told of
 * @param told by layers' names, what they were told of for
 */
record AlarmState(double bound, ImmutableMap<String, Told> told) {
  ByteString bytes() {
    SavedAlarms.Builder saved = SavedAlarms.newBuilder().setBound(bound);
    told.forEach(
        (layer, last) ->
            saved.addLayersBuilder().setName(layer).setTold(SavedAlarm.Told.valueOf(last.name())));
    return saved.setSha256(sha256(saved.build())).build().toByteString();
  }

  /* Throws an IllegalArgumentException that tells what was found. */
  static AlarmState of(ByteString bytes) {
    SavedAlarms saved;
    try {
      saved = SavedAlarms.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(
          "found " + bytes.size() + " bytes that are no complete message", e);
    }
    if (!saved.getSha256().equals(sha256(saved))) {
      throw new IllegalArgumentException(
          "found " + bytes.size() + " bytes that do not match their checksum");
    }
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
    return new AlarmState(saved.getBound(), ImmutableMap.copyOf(told));
  }

  private static String sha256(SavedAlarms saved) {
    byte[] bytes = saved.toBuilder().clearSha256().build().toByteArray();
    return Hashing.sha256().hashBytes(bytes).toString();
  }
}
