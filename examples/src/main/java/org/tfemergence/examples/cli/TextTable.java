package org.tfemergence.examples.cli;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A table of aligned columns: the first to the left, the others to the right. */
final class TextTable {
  private TextTable() {}

  static String of(List<? extends List<String>> rows) {
    int[] widths =
        IntStream.range(0, rows.get(0).size())
            .map(i -> rows.stream().mapToInt(row -> row.get(i).length()).max().orElse(0))
            .toArray();
    return rows.stream()
        .map(
            row ->
                IntStream.range(0, widths.length)
                    .mapToObj(
                        i -> String.format("%" + (i == 0 ? "-" : "") + widths[i] + "s", row.get(i)))
                    .collect(Collectors.joining("  ")))
        .collect(Collectors.joining(System.lineSeparator()));
  }
}
