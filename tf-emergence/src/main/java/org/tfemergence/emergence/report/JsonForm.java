package org.tfemergence.emergence.report;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import java.io.IOException;
import java.io.StringReader;

/**
 * Whether a text is JSON of a message's form. Protobuf's parser takes what is no JSON and does not
 * look at what follows the first value; it takes a list of one value for the value, and works for
 * minutes at a number of a million digits.
 */
final class JsonForm {
  private static final int LONGEST_NUMBER = 64;

  private JsonForm() {}

  static boolean isOf(Descriptor message, String text) {
    try (JsonReader json = new JsonReader(new StringReader(text))) {
      return isMessage(message, json) && json.peek() == JsonToken.END_DOCUMENT;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isMessage(Descriptor message, JsonReader json) throws IOException {
    if (json.peek() != JsonToken.BEGIN_OBJECT) {
      return false;
    }
    json.beginObject();
    boolean right = true;
    while (right && json.hasNext()) {
      FieldDescriptor field = field(message, json.nextName());
      if (field == null) {
        json.skipValue();
      } else {
        right = field.isRepeated() ? isList(field, json) : isValue(field, json);
      }
    }
    if (right) {
      json.endObject();
    }
    return right;
  }

  private static FieldDescriptor field(Descriptor message, String name) {
    FieldDescriptor field = message.findFieldByName(name);
    return field != null
        ? field
        : message.getFields().stream()
            .filter(each -> each.getJsonName().equals(name))
            .findFirst()
            .orElse(null);
  }

  private static boolean isList(FieldDescriptor field, JsonReader json) throws IOException {
    if (json.peek() != JsonToken.BEGIN_ARRAY) {
      return false;
    }
    json.beginArray();
    boolean right = true;
    while (right && json.hasNext()) {
      right = isValue(field, json);
    }
    if (right) {
      json.endArray();
    }
    return right;
  }

  private static boolean isValue(FieldDescriptor field, JsonReader json) throws IOException {
    return switch (json.peek()) {
      case BEGIN_OBJECT ->
          field.getJavaType() == JavaType.MESSAGE && isMessage(field.getMessageType(), json);
      case STRING, NUMBER -> {
        String text = json.nextString();
        yield field.getJavaType() == JavaType.STRING || text.length() <= LONGEST_NUMBER;
      }
      case BOOLEAN, NULL -> {
        json.skipValue();
        yield true;
      }
      default -> false;
    };
  }
}
