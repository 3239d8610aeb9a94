package org.tfemergence.examples.report;

import com.google.common.collect.ImmutableMap;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tfemergence.examples.experiment.Arm;
import org.tfemergence.examples.experiment.PromoteAndPruneResult;

/** The charts of a result: curves over the epochs, means over the seeds. */
final class Charts {
  private static final int WIDTH = 620;
  private static final int HEIGHT = 380;
  private static final int DOTS_PER_INCH = 150;
  private static final Color INK = new Color(0x33, 0x3a, 0x45);
  private static final Color GRID = new Color(0xe3, 0xe6, 0xeb);
  /* Told apart also by those who see red and green alike. */
  private static final ImmutableMap<Arm, Color> COLORS =
      ImmutableMap.of(
          Arm.BASE, new Color(0x6b, 0x72, 0x80),
          Arm.PROMOTING, new Color(0xd9, 0x5f, 0x02),
          Arm.UNPRUNED, new Color(0x1f, 0x78, 0xb4));

  private Charts() {}

  /** Returns the charts by file name, in the order in which to show them. */
  static ImmutableMap<String, XYChart> of(PromoteAndPruneResult result) {
    Summary summary = new Summary(result);
    return ImmutableMap.of(
        "accuracy", chart(summary, "Accuracy on held-out images", "percent", 1, summary::accuracy),
        "emergence", chart(summary, "Emergence E", "log10 E", 0, summary::log10Emergence),
        "relative", chart(summary, "Relative emergence E~", "log10 E~", 0, summary::log10Relative),
        "activity", activity(summary));
  }

  static void writePng(XYChart chart, Path file) throws IOException {
    BitmapEncoder.saveBitmapWithDPI(
        chart, file.toString(), BitmapEncoder.BitmapFormat.PNG, DOTS_PER_INCH);
  }

  private static XYChart chart(
      Summary summary,
      String title,
      String axis,
      int firstEpoch,
      BiFunction<Arm, Integer, Double> value) {
    XYChart chart = empty(summary, title, axis);
    for (Arm arm : Arm.values()) {
      add(
          chart,
          arm.title(),
          COLORS.get(arm),
          IntStream.rangeClosed(firstEpoch, summary.epochs()).toArray(),
          epoch -> value.apply(arm, epoch));
    }
    return chart;
  }

  /* The share of active units of each layer, of the pruned network. */
  private static XYChart activity(Summary summary) {
    XYChart chart =
        empty(summary, "Active units by layer (" + Arm.PROMOTING.title() + ")", "percent");
    var layers = summary.first(Arm.PROMOTING).reading(0).counts().layers();
    for (int i = 0; i < layers.size(); i++) {
      int layer = i;
      float shade = layers.size() == 1 ? 0 : (float) i / (layers.size() - 1);
      add(
          chart,
          layers.get(i).layer(),
          Color.getHSBColor(0.08f + 0.5f * shade, 0.85f, 0.8f),
          IntStream.rangeClosed(0, summary.epochs()).toArray(),
          epoch -> summary.active(Arm.PROMOTING, epoch, layer));
    }
    return chart;
  }

  private static void add(
      XYChart chart, String name, Color color, int[] epochs, IntToDoubleFunction value) {
    double[] values =
        Arrays.stream(epochs)
            .mapToDouble(value)
            .map(v -> Double.isFinite(v) ? v : Double.NaN) // E = 0 has no logarithm: a gap
            .toArray();
    double[] places = Arrays.stream(epochs).asDoubleStream().toArray();
    XYSeries series = chart.addSeries(name, places, values);
    series.setLineColor(color);
    series.setMarkerColor(color);
    series.setMarker(SeriesMarkers.CIRCLE);
    series.setLineStyle(new BasicStroke(2.2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
  }

  private static XYChart empty(Summary summary, String title, String axis) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("epochs of training (pruned at the dashed line)")
            .yAxisTitle(axis)
            .build();
    Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    XYStyler style = chart.getStyler();
    style.setMarkerSize(6);
    style.setPlotGridLinesColor(GRID);
    style.setPlotBorderVisible(false);
    style.setAxisTitleFont(plain);
    style.setAxisTickLabelsFont(plain);
    style.setXAxisDecimalPattern("0");
    style.setChartBackgroundColor(Color.WHITE);
    style.setChartFontColor(INK);
    style.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
    style.setChartTitleBoxVisible(false);
    style.setLegendFont(plain);
    style.setLegendBorderColor(Color.WHITE);
    style.setLegendPosition(Styler.LegendPosition.OutsideS);
    style.setLegendLayout(Styler.LegendLayout.Horizontal);
    style.setAnnotationLineColor(INK);
    style.setAnnotationLineStroke(
        new BasicStroke(1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL, 1, new float[] {3, 4}, 0));
    chart.addAnnotation(new AnnotationLine(summary.pruningEpoch(), true, false));
    return chart;
  }
}
