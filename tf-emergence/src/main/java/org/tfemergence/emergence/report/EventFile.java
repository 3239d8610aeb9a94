package org.tfemergence.emergence.report;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.zip.CRC32C;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

/**
 * Writes an event file for TensorBoard, without TensorFlow operations.
 *
 * <p>Every value is on disk when its method returns, so that TensorBoard can watch a run.
 */
public final class EventFile implements AutoCloseable {
  private final OutputStream out;

  private EventFile(OutputStream out) {
    this.out = out;
  }

  /**
   * Creates a new event file.
   *
   * @param directory the run's folder, made if it is missing; TensorBoard shows its name
   * @return the open file
   * @throws IOException if the file cannot be made
   */
  public static EventFile create(Path directory) throws IOException {
    Files.createDirectories(directory);
    Instant now = Instant.now();
    Path file;
    int number = 0;
    do {
      file =
          directory.resolve(
              "events.out.tfevents." + now.getEpochSecond() + "." + number++ + ".tf-emergence");
    } while (Files.exists(file));
    EventFile events =
        new EventFile(
            new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)));
    events.write(event().setFileVersion("brain.Event:2").build());
    return events;
  }

  /**
   * Adds a value to a curve.
   *
   * @param tag the curve's name; slashes group curves
   * @param step the place on the horizontal axis
   * @param value the value
   * @throws IOException if it cannot be written
   */
  public void scalar(String tag, long step, double value) throws IOException {
    Summary.Value point =
        Summary.Value.newBuilder().setTag(tag).setSimpleValue((float) value).build();
    write(event().setStep(step).setSummary(Summary.newBuilder().addValue(point)).build());
  }

  /**
   * Adds a reading: {@code emergence/log10}, {@code emergence/log10_relative} and {@code
   * active/LAYER}, the share of each layer's units that are active.
   *
   * @param reading the reading
   * @throws IOException if it cannot be written
   */
  public void reading(EmergenceReading reading) throws IOException {
    scalar("emergence/log10", reading.step(), reading.log10());
    scalar("emergence/log10_relative", reading.step(), reading.log10Relative());
    for (var layer : reading.counts().layers()) {
      scalar("active/" + layer.layer(), reading.step(), layer.share());
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private static Event.Builder event() {
    Instant now = Instant.now();
    return Event.newBuilder().setWallTime(now.getEpochSecond() + now.getNano() * 1e-9);
  }

  /* A TFRecord: length, its checksum, the bytes, their checksum; all little-endian. */
  private void write(Event event) throws IOException {
    byte[] data = event.toByteArray();
    byte[] length =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length).array();
    out.write(length);
    out.write(maskedChecksum(length));
    out.write(data);
    out.write(maskedChecksum(data));
    out.flush();
  }

  private static byte[] maskedChecksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(masked).array();
  }
}
