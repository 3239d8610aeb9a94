package org.tfemergence.examples.report;

import com.google.common.html.HtmlEscapers;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.tfemergence.examples.experiment.Arm;
import org.tfemergence.examples.experiment.PromoteAndPruneResult;

/** The page: what was found, the charts, the tables, and where it all comes from. No network. */
final class HtmlReport {
  private static final String STYLE =
      """
      :root { color-scheme: light; }
      body { font: 16px/1.5 system-ui, sans-serif; color: #333a45; background: #f6f7f9; margin: 0; }
      main { max-width: 1280px; margin: 0 auto; padding: 32px 24px 64px; }
      h1 { font-size: 28px; margin: 0 0 4px; }
      h2 { font-size: 20px; margin: 40px 0 12px; }
      p.lead { margin: 0 0 24px; color: #5b6472; max-width: 80ch; }
      section.card { background: #fff; border: 1px solid #e3e6eb; border-radius: 8px;
                     padding: 12px 20px; overflow-x: auto; }
      ul.findings { list-style: none; padding: 0; margin: 0; }
      ul.findings li { padding: 12px 0 12px 96px; position: relative;
                       border-bottom: 1px solid #e3e6eb; }
      ul.findings li:last-child { border-bottom: 0; }
      ul.findings .claim { font-weight: 600; }
      ul.findings .claim::before { content: "The papers: "; font-weight: 400; color: #5b6472; }
      .verdict { position: absolute; left: 0; top: 14px; width: 76px; text-align: center;
                 font-size: 13px; font-weight: 600; border-radius: 12px; padding: 2px 0; }
      .HOLDS { background: #d9f2e3; color: #14532d; }
      .MIXED { background: #fdf0cf; color: #6b4a00; }
      .FAILS { background: #fbdcd9; color: #7f1d1d; }
      .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(480px, 1fr));
                gap: 16px; }
      .charts img { width: 100%; background: #fff; border: 1px solid #e3e6eb; border-radius: 8px; }
      table { border-collapse: collapse; width: 100%; font-size: 15px; }
      th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid #e3e6eb;
               font-variant-numeric: tabular-nums; }
      th:first-child, td:first-child { text-align: left; }
      th { font-weight: 600; }
      tr:last-child td { border-bottom: 0; }
      table.facts td { text-align: left; overflow-wrap: anywhere; }
      table.facts td:first-child { white-space: nowrap; color: #5b6472; }
      dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 20px; margin: 8px 0; }
      dt { font-weight: 600; }
      dd { margin: 0; }
      """;

  private HtmlReport() {}

  static String page(PromoteAndPruneResult result, RunRecord record, Map<String, byte[]> charts) {
    StringBuilder html = new StringBuilder();
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<title>Emergence: initialization and pruning</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n<main>\n")
        .append("<h1>Emergence: initialization and pruning</h1>\n")
        .append("<p class=\"lead\">")
        .append(escape(lead(result, record)))
        .append("</p>\n");
    html.append("<section class=\"card\">\n<ul class=\"findings\">\n");
    for (Findings.Finding finding : Findings.of(result)) {
      html.append("<li><span class=\"verdict ")
          .append(finding.verdict())
          .append("\">")
          .append(finding.verdict().text())
          .append("</span><div class=\"claim\">")
          .append(escape(finding.claim()))
          .append("</div><div>")
          .append(escape(finding.measured()))
          .append("</div></li>\n");
    }
    html.append("</ul>\n</section>\n<h2>Through training</h2>\n<div class=\"charts\">\n");
    for (Map.Entry<String, byte[]> chart : charts.entrySet()) {
      html.append("<img alt=\"")
          .append(escape(chart.getKey()))
          .append("\" src=\"data:image/png;base64,")
          .append(Base64.getEncoder().encodeToString(chart.getValue()))
          .append("\">\n");
    }
    html.append("</div>\n<h2>In figures</h2>\n")
        .append(card(table(ResultTable.header(result), ResultTable.rows(result))))
        .append("<h2>How the weights were initialized</h2>\n")
        .append(card(initialization(result)))
        .append("<h2>What pruning kept</h2>\n")
        .append(card(sparsity(result)))
        .append("<h2>How to read this</h2>\n")
        .append(card(GLOSSARY))
        .append("<h2>What to ask next</h2>\n")
        .append(card(pairs(Findings.NEXT)))
        .append("<h2>Where it comes from</h2>\n")
        .append(card(pairs(record.facts())))
        .append("</main>\n</body>\n</html>\n");
    return html.toString();
  }

  private static final String GLOSSARY =
      """
      <dl>
      <dt>active unit</dt><dd>A unit whose mean output over the held-out images is above the
      threshold.</dd>
      <dt>emergence E</dt><dd>The number of paths through the network that lead from an inactive to
      an active unit. The papers take it for a measure of how trainable a network is. It spans many
      orders of magnitude, so the charts show its decimal logarithm: one step up is ten times as
      many paths.</dd>
      <dt>relative emergence E~</dt><dd>E divided by the number of parameters that are not pruned
      away.</dd>
      <dt>@n</dt><dd>After n epochs; @0 is the network as it was initialized.</dd>
      <dt>means</dt><dd>Curves and tables show means over the seeds; for E and E~ the geometric
      mean.</dd>
      </dl>
      """;

  private static String lead(PromoteAndPruneResult result, RunRecord record) {
    return "The same perceptron, trained "
        + result.spec().seeds().size()
        + " times each from the base initialization and from the"
        + " emergence-promoting one ("
        + result.spec().profile()
        + "), pruned to a sparsity of "
        + result.spec().sparsity()
        + " after epoch "
        + result.spec().epochsBeforePruning()
        + ", with an unpruned network for comparison. Data: "
        + record.facts().get("data")
        + ".";
  }

  private static String initialization(PromoteAndPruneResult result) {
    return table(
        List.of("kernel", "shape", "exponent of alpha", "factor", "standard deviation"),
        new Summary(result)
            .first(Arm.PROMOTING).plan().rows().stream()
                .map(
                    row ->
                        List.of(
                            row.kernel().name(),
                            row.kernel().shape().toString(),
                            number("%.0f", row.exponent()),
                            number("%.3f", row.factor()),
                            number("%.4f", row.standardDeviation())))
                .toList());
  }

  private static String sparsity(PromoteAndPruneResult result) {
    return table(
        List.of("kernel", "weights", "kept", "masked"),
        new Summary(result)
            .first(Arm.PROMOTING).sparsity().rows().stream()
                .map(
                    row ->
                        List.of(
                            row.weight(),
                            String.format(Locale.ROOT, "%,d", row.size()),
                            String.format(Locale.ROOT, "%,d", row.kept()),
                            Numbers.percent(100 * row.sparsity())))
                .toList());
  }

  private static String pairs(Map<String, ?> pairs) {
    StringBuilder html = new StringBuilder("<table class=\"facts\">\n");
    pairs.forEach((name, value) -> html.append(row("td", List.of(name, value.toString()))));
    return html.append("</table>\n").toString();
  }

  private static String table(List<String> header, List<? extends List<String>> rows) {
    return "<table>\n"
        + row("th", header)
        + rows.stream().map(row -> row("td", row)).collect(Collectors.joining())
        + "</table>\n";
  }

  private static String row(String cell, List<String> values) {
    return values.stream()
        .map(value -> "<" + cell + ">" + escape(value) + "</" + cell + ">")
        .collect(Collectors.joining("", "<tr>", "</tr>\n"));
  }

  private static String card(String content) {
    return "<section class=\"card\">\n" + content + "</section>\n";
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String escape(String text) {
    return HtmlEscapers.htmlEscaper().escape(text);
  }
}
