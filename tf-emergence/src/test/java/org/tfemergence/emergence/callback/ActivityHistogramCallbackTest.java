package org.tfemergence.emergence.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Floats;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.Summary;
import org.tfemergence.emergence.activity.LayerHistogram;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.report.EventFile;
import org.tfemergence.emergence.report.EventFileReader;
import org.tfemergence.emergence.report.EventPoint;
import org.tfemergence.emergence.report.Histogram;
import org.tfemergence.emergence.testing.TinyTraining;
import org.tfemergence.emergence.testing.TinyTraining.Kind;
import org.tfemergence.emergence.testing.Values;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.TrainingGraph;

final class ActivityHistogramCallbackTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void completed_trainingSteps_tellsOfEachCountedBatch(Kind kind) {
    List<ActivityHistogramReading> heard = new ArrayList<>();
    try (TinyTraining training = new TinyTraining(kind, 41)) {
      training.attach(ActivityHistogramCallback.everyTrainingSteps(3, heard::add));
      for (int step = 1; step <= 10; step++) {
        float[][] seen = training.update(4 + step);
        if (step % 3 == 0) {
          requireSame(heard.get(heard.size() - 1), List.<float[][]>of(seen));
        }
      }
    }
    assertThat(heard).extracting(ActivityHistogramReading::step).containsExactly(3L, 6L, 9L);
  }

  @Test
  void completed_trainingByDefault_countsEveryTenthStep() {
    List<ActivityHistogramReading> heard = new ArrayList<>();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 45)) {
      training.attach(ActivityHistogramCallback.ofTraining(heard::add));
      for (int step = 1; step <= 25; step++) {
        training.update(2);
      }
    }
    assertThat(heard).extracting(ActivityHistogramReading::step).containsExactly(10L, 20L);
  }

  @Test
  void completed_evaluationPasses_tellsOfEachAsAWhole() {
    List<ActivityHistogramReading> heard = new ArrayList<>();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 42)) {
      training.attach(ActivityHistogramCallback.ofEvaluations(heard::add));
      for (int[] batches : new int[][] {{3}, {3, 5, 4}, {2, 6}}) {
        training.update(2);
        List<float[][]> seen = training.evaluate(batches);
        requireSame(heard.get(heard.size() - 1), seen);
      }
    }
    assertThat(heard).extracting(ActivityHistogramReading::step).containsExactly(1L, 2L, 3L);
  }

  @Test
  void completed_probeBatchBeforeNormalization_countsTheKernelsOutput() {
    List<ActivityHistogramReading> heard = new ArrayList<>();
    ProbeBatch batch =
        ProbeBatch.of("input", Shape.of(2, 6), 1, -2, 0.5f, 3, -1, 2, 0, 1, -1, 2, 4, -3);
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 46)) {
      training.attach(
          ActivityHistogramCallback.of(Sampling.probe(batch, Every.steps(2)), heard::add)
              .withTapPoint(TapPoint.BEFORE_NORMALIZATION),
          training.normalized());
      for (int step = 1; step <= 4; step++) {
        training.update(3);
        training.probe();
      }
      training.update(3);
      assertThatIllegalStateException().isThrownBy(() -> training.update(3));
    }

    assertThat(heard).extracting(ActivityHistogramReading::step).containsExactly(2L, 4L);
    for (ActivityHistogramReading reading : heard) {
      LayerHistogram first = reading.layers().get(0);
      assertThat(first.finite()).isEqualTo(2 * 9);
      assertThat(first.edges().get(first.edges().length() - 1)).isLessThanOrEqualTo(0);
    }
  }

  @Test
  void attach_theCallback_leavesTheTrainingBitIdentical() {
    try (TinyTraining plain = new TinyTraining(Kind.REFERENCE, 43);
        TinyTraining watched = new TinyTraining(Kind.REFERENCE, 43)) {
      watched.attach(ActivityHistogramCallback.everyTrainingSteps(1, reading -> {}));
      int attached = watched.run().operations();
      for (int i = 0; i < 10; i++) {
        plain.update(8);
        watched.update(8);
      }

      assertThat(watched.weights()).usingRecursiveComparison().isEqualTo(plain.weights());
      assertThat(watched.run().operations()).isEqualTo(attached);
    }
  }

  @Test
  void writeTo_eventFile_isWhatTensorBoardReads() throws IOException {
    ImmutableDoubleArray edges = ImmutableDoubleArray.of(-1, 0.5, 2);
    LayerHistogram some =
        new LayerHistogram("some", edges, ImmutableLongArray.of(3, 4), 5, 6.5, 7.5);
    LayerHistogram none =
        new LayerHistogram("none", ImmutableDoubleArray.of(), ImmutableLongArray.of(), 2, 0, 0);
    try (EventFile events = EventFile.create(folder)) {
      new ActivityHistogramReading(40, 2, ImmutableList.of(some, none)).writeTo(events);
    }

    List<Summary.Value> values = read();
    assertThat(values)
        .extracting(Summary.Value::getTag)
        .containsExactly("activations/some", "non_finite/some", "non_finite/none");
    assertThat(values.get(0).getHisto())
        .isEqualTo(
            HistogramProto.newBuilder()
                .setMin(-1)
                .setMax(2)
                .setNum(7)
                .setSum(6.5)
                .setSumSquares(7.5)
                .addAllBucketLimit(List.of(0.5, 2.0))
                .addAllBucket(List.of(3.0, 4.0))
                .build());
    assertThat(values.get(1).getSimpleValue()).isEqualTo(5);
    assertThat(values.get(2).getSimpleValue()).isEqualTo(2);
  }

  @Test
  void completed_listenerThatWrites_fillsTheEventFileAsItGoes() throws IOException {
    List<ActivityHistogramReading> heard = new ArrayList<>();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 47);
        EventFile events = EventFile.create(folder)) {
      training.attach(
          ActivityHistogramCallback.everyTrainingSteps(2, reading -> reading.writeTo(events)));
      training.attach(ActivityHistogramCallback.everyTrainingSteps(2, heard::add));
      for (int step = 1; step <= 4; step++) {
        training.update(5);
      }

      List<EventPoint> expected = new ArrayList<>();
      List<EventPoint> found = new ArrayList<>();
      try (Stream<Path> files = Files.list(folder)) {
        found.addAll(EventFileReader.read(files.findFirst().orElseThrow()).points());
      }
      for (ActivityHistogramReading reading : heard) {
        for (LayerHistogram layer : reading.layers()) {
          expected.add(
              new EventPoint.Distribution(
                  found.get(expected.size()).wallTime(),
                  reading.step(),
                  "activations/" + layer.layer(),
                  new Histogram(layer.edges(), layer.counts(), layer.sum(), layer.sumOfSquares())));
        }
      }
      assertThat(found).hasSize(2 * 3).isEqualTo(expected);
    }
  }

  @Test
  void writeTo_closedFile_fails() throws IOException {
    EventFile events = EventFile.create(folder);
    events.close();
    LayerHistogram none =
        new LayerHistogram("none", ImmutableDoubleArray.of(), ImmutableLongArray.of(), 2, 0, 0);
    ActivityHistogramReading reading = new ActivityHistogramReading(1, 1, ImmutableList.of(none));

    assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> reading.writeTo(events));
  }

  @Test
  void create_badArguments_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivityHistogramCallback.everyTrainingSteps(0, reading -> {}))
        .withMessage("k must be at least 1, got 0");
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 44)) {
      TrainingGraph without = training.untapped(Phase.EVALUATION);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ActivityHistogramCallback.ofEvaluations(reading -> {}).attach(without))
          .withMessage("the graph taps no layer in EVALUATION");
    }
  }

  private static void requireSame(ActivityHistogramReading reading, List<float[][]> batches) {
    assertThat(reading.layers())
        .extracting(LayerHistogram::layer)
        .containsExactly("first", "second", "logits");
    for (int i = 0; i < reading.layers().size(); i++) {
      int layer = i;
      float[] values =
          Floats.concat(batches.stream().map(batch -> batch[layer]).toArray(float[][]::new));
      LayerHistogram histogram = reading.layers().get(i);
      assertThat(histogram.counts()).isEqualTo(Values.counts(histogram.edges(), values));
      assertThat(histogram.finite()).isEqualTo(values.length);
      assertThat(histogram.edges().get(0)).isEqualTo(Floats.min(values));
      assertThat(histogram.edges().get(histogram.counts().length())).isEqualTo(Floats.max(values));
    }
  }

  /* TFRecords: a length of eight bytes, its checksum of four, the data, its checksum. */
  private List<Summary.Value> read() throws IOException {
    List<Summary.Value> values = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder);
        InputStream in = Files.newInputStream(files.findFirst().orElseThrow())) {
      while (in.available() > 0) {
        ByteBuffer length = ByteBuffer.wrap(in.readNBytes(12)).order(ByteOrder.LITTLE_ENDIAN);
        Event event = Event.parseFrom(in.readNBytes((int) length.getLong()));
        in.skipNBytes(4);
        event.getSummary().getValueList().forEach(values::add);
      }
    }
    return values;
  }
}
