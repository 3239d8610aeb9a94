package org.tfemergence.emergence.report;

import com.google.protobuf.ByteString;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.tensorflow.proto.DataClass;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.Summary;
import org.tensorflow.proto.SummaryMetadata;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tfemergence.emergence.activity.LayerActivity;

/**
 * Writes an event file for TensorBoard, without TensorFlow operations.
 *
 * <p>Every value is with the operating system when its method returns, so that TensorBoard can
 * watch a run, and that a run that is killed leaves it; it is not forced to the disk.
 */
public final class EventFile implements AutoCloseable {
  static final String VERSION = "brain.Event:2";

  /** The plugin of TensorBoard that shows texts. */
  static final String TEXT = "text";

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
    events.write(event().setFileVersion(VERSION).build());
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
    add(step, Summary.Value.newBuilder().setTag(tag).setSimpleValue((float) value).build());
  }

  /**
   * Adds a text, which TensorBoard shows as Markdown.
   *
   * @param tag the text's name; slashes group texts
   * @param step the place in the order of the tag's texts
   * @param text the text
   * @throws IOException if it cannot be written
   */
  public void text(String tag, long step, String text) throws IOException {
    add(
        step,
        Summary.Value.newBuilder()
            .setTag(tag)
            .setMetadata(
                SummaryMetadata.newBuilder()
                    .setPluginData(SummaryMetadata.PluginData.newBuilder().setPluginName(TEXT))
                    .setDataClass(DataClass.DATA_CLASS_TENSOR))
            .setTensor(
                TensorProto.newBuilder()
                    .setDtype(DataType.DT_STRING)
                    .setTensorShape(TensorShapeProto.getDefaultInstance()) // []
                    .addStringVal(ByteString.copyFromUtf8(text)))
            .build());
  }

  /**
   * Adds a distribution of values.
   *
   * @param tag the histogram's name; slashes group histograms
   * @param step the place on the axis of time
   * @param histogram the values, counted
   * @throws IOException if it cannot be written
   */
  public void histogram(String tag, long step, Histogram histogram) throws IOException {
    HistogramProto proto =
        HistogramProto.newBuilder()
            .setMin(histogram.min())
            .setMax(histogram.max())
            .setNum((double) histogram.count())
            .setSum(histogram.sum())
            .setSumSquares(histogram.sumOfSquares())
            .addAllBucketLimit(histogram.edges().subArray(1, histogram.edges().length()).asList())
            .addAllBucket(histogram.counts().asList().stream().map(Long::doubleValue).toList())
            .build();
    add(step, Summary.Value.newBuilder().setTag(tag).setHisto(proto).build());
  }

  /**
   * Adds what tells how a history was measured, as the text {@code emergence/measured}: its
   * measure, when a unit is active, and where it was measured if that is known.
   *
   * @param measured what the readings are of
   * @throws IOException if it cannot be written
   */
  public void measured(Measured measured) throws IOException {
    text("emergence/measured", 0, measured.text());
  }

  /**
   * Adds a reading: {@code emergence/log10}, {@code emergence/log10_relative}, {@code
   * active/LAYER}, the share of each layer's units that are active, {@code
   * emergence/non_finite_units}, how many units of all layers had values that are not finite, and
   * {@code non_finite_units/LAYER} of the layers that have any. Where there are any, E is not to be
   * believed.
   *
   * @param reading the reading
   * @throws IOException if it cannot be written
   */
  public void reading(EmergenceReading reading) throws IOException {
    scalar("emergence/log10", reading.step(), reading.log10());
    scalar("emergence/log10_relative", reading.step(), reading.log10Relative());
    long nonFinite = 0;
    for (LayerActivity layer : reading.counts().layers()) {
      scalar("active/" + layer.layer(), reading.step(), layer.share());
      if (layer.nonFinite() > 0) {
        scalar("non_finite_units/" + layer.layer(), reading.step(), (double) layer.nonFinite());
      }
      nonFinite += layer.nonFinite();
    }
    scalar("emergence/non_finite_units", reading.step(), (double) nonFinite);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private static Event.Builder event() {
    Instant now = Instant.now();
    return Event.newBuilder().setWallTime(now.getEpochSecond() + now.getNano() * 1e-9);
  }

  private void add(long step, Summary.Value value) throws IOException {
    write(event().setStep(step).setSummary(Summary.newBuilder().addValue(value)).build());
  }

  private void write(Event event) throws IOException {
    TfRecords.write(event.toByteArray(), out);
    out.flush();
  }
}
