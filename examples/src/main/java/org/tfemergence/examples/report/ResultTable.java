package org.tfemergence.examples.report;

import com.google.common.collect.ImmutableList;
import java.util.Locale;
import org.tfemergence.examples.experiment.Arm;
import org.tfemergence.examples.experiment.PromoteAndPruneResult;

/** The closing table: a row per arm. The console and the page show the same one. */
public final class ResultTable {
  private ResultTable() {}

  /**
   * Returns the names of the columns.
   *
   * @param result the result
   * @return a name per column
   */
  public static ImmutableList<String> header(PromoteAndPruneResult result) {
    int epochs = result.spec().epochs();
    return ImmutableList.of(
        "training",
        "accuracy@1",
        "accuracy@" + epochs,
        "E@0",
        "E@" + epochs,
        "E~@0",
        "E~@" + epochs,
        "parameters");
  }

  /**
   * Returns the table's cells.
   *
   * @param result the result
   * @return a row per arm, with a cell per column
   */
  public static ImmutableList<ImmutableList<String>> rows(PromoteAndPruneResult result) {
    Summary summary = new Summary(result);
    int epochs = result.spec().epochs();
    ImmutableList.Builder<ImmutableList<String>> rows = ImmutableList.builder();
    for (Arm arm : Arm.values()) {
      rows.add(
          ImmutableList.of(
              arm.title(),
              Numbers.percent(summary.accuracy(arm, 1)),
              Numbers.percent(summary.accuracy(arm, epochs)),
              Numbers.power(summary.log10Emergence(arm, 0)),
              Numbers.power(summary.log10Emergence(arm, epochs)),
              Numbers.power(summary.log10Relative(arm, 0)),
              Numbers.power(summary.log10Relative(arm, epochs)),
              String.format(Locale.ROOT, "%,d", summary.first(arm).reading(epochs).parameters())));
    }
    return rows.build();
  }
}
