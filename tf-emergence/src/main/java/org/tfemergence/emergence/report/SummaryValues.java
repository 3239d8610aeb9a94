package org.tfemergence.emergence.report;

import java.util.Optional;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;
import org.tensorflow.proto.TensorProto;

/** What values of a summary mean: TensorFlow 2 writes tensors, and by which plugin they show. */
final class SummaryValues {
  private static final String SCALARS = "scalars";
  private static final String HISTOGRAMS = "histograms";

  private SummaryValues() {}

  /** Returns the point that a value is; empty if it is of another kind, or not as its kind is. */
  static Optional<EventPoint> point(Event event, Summary.Value value, String plugin) {
    double time = event.getWallTime();
    long step = event.getStep();
    String tag = value.getTag();
    return switch (value.getValueCase()) {
      case SIMPLE_VALUE ->
          Optional.of(new EventPoint.Scalar(time, step, tag, value.getSimpleValue()));
      case HISTO ->
          HistogramProtos.read(value.getHisto())
              .map(histogram -> new EventPoint.Distribution(time, step, tag, histogram));
      case TENSOR ->
          switch (plugin) {
            case SCALARS ->
                scalar(value.getTensor())
                    .map(number -> new EventPoint.Scalar(time, step, tag, number));
            case HISTOGRAMS ->
                HistogramProtos.read(value.getTensor())
                    .map(histogram -> new EventPoint.Distribution(time, step, tag, histogram));
            case EventFile.TEXT ->
                text(value.getTensor()).map(text -> new EventPoint.Text(time, step, tag, text));
            default -> Optional.empty();
          };
      default -> Optional.empty();
    };
  }

  private static Optional<Double> scalar(TensorProto tensor) {
    return TensorValues.of(tensor)
        .filter(values -> values.length() == 1)
        .map(values -> values.get(0));
  }

  private static Optional<String> text(TensorProto tensor) {
    return tensor.getStringValCount() == 1
        ? Optional.of(tensor.getStringVal(0).toStringUtf8())
        : Optional.empty();
  }
}
