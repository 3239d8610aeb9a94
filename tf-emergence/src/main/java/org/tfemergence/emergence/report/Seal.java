package org.tfemergence.emergence.report;

import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;

/**
 * The checksum of messages that are kept: their field {@code sha256} holds the SHA-256 of their
 * bytes without it, in lower-case hexadecimal.
 */
public final class Seal {
  private static final String FIELD = "sha256";

  private Seal() {}

  /**
   * Returns what a message's checksum must be.
   *
   * @param message a message with a field {@code sha256} of type string, set or not
   * @return the checksum of the rest
   */
  public static String of(Message message) {
    byte[] bytes = message.toBuilder().clearField(field(message)).build().toByteArray();
    return Hashing.sha256().hashBytes(bytes).toString();
  }

  /**
   * Refuses a message that is not as it was written.
   *
   * @param message a message with a field {@code sha256}
   * @throws IllegalArgumentException if the checksum is missing or another one
   */
  public static void require(Message message) {
    if (!message.hasField(field(message))) {
      throw new IllegalArgumentException("found no checksum, expected one at the end");
    }
    String found = of(message);
    String expected = (String) message.getField(field(message));
    if (!found.equals(expected)) {
      throw new IllegalArgumentException(
          "found SHA-256 " + found + ", expected " + Excerpt.of(expected));
    }
  }

  /**
   * Returns the message of bytes, with or without a checksum.
   *
   * @param parser of the message
   * @param bytes the bytes
   * @param what what is expected, for the message of the exception
   * @param <M> the message's type
   * @return the message
   * @throws IllegalArgumentException if the bytes are no such message
   */
  public static <M extends Message> M parse(Parser<M> parser, ByteString bytes, String what) {
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(
          "found "
              + bytes.size()
              + " bytes that are no complete message, expected "
              + what
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private static FieldDescriptor field(Message message) {
    return message.getDescriptorForType().findFieldByName(FIELD);
  }
}
