package org.tfemergence.examples.cli;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.file.StagedDirectory;
import org.tfemergence.examples.data.BundledSample;
import org.tfemergence.examples.data.DataFinder;
import org.tfemergence.examples.data.ImageSets;
import org.tfemergence.examples.data.PublishedData;
import org.tfemergence.examples.experiment.PromoteAndPrune;
import org.tfemergence.examples.experiment.PromoteAndPruneResult;
import org.tfemergence.examples.experiment.PromoteAndPruneSpec;
import org.tfemergence.examples.report.Findings;
import org.tfemergence.examples.report.ReportFolder;
import org.tfemergence.examples.report.ResultTable;
import org.tfemergence.examples.report.RunRecord;
import org.tfemergence.init.plan.DepthProfile;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The demonstration: both papers' claims on real images, in a minute. */
@Command(
    name = "demo",
    sortOptions = false,
    description = {
      "Trains a perceptron on pictures of clothes from the base and from the emergence-promoting"
          + " initialization, measures emergence after every epoch, prunes half way, goes on, and"
          + " writes a report.",
      "",
      "Without options it uses the sample of Fashion-MNIST that comes with the program and is done"
          + " in under a minute.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  emergence demo",
      "  emergence demo --form constant --alpha 2",
      "  emergence demo --dataset mnist --data ~/datasets --epochs 20",
      "",
      "A full data set is taken from --data, else from the first of these folders that has it:",
      "  the one that the environment variable EMERGENCE_DATA names",
      "  $XDG_CACHE_HOME/tf-emergence, by default ~/.cache/tf-emergence; downloads go there",
      "  /usr/share/datasets"
    })
final class DemoCommand implements Callable<Integer> {
  private static final Path RUNS = Path.of("runs");
  private static final Pattern RUN = Pattern.compile("demo-\\d{8}-\\d{6}");

  /** The form of the emergence-promoting factors. */
  enum Form {
    GEOMETRIC,
    CONSTANT
  }

  /** Reads the name of a full data set. */
  static final class PublishedDataConverter implements ITypeConverter<PublishedData> {
    @Override
    public PublishedData convert(String name) {
      List<String> names = PublishedData.all().stream().map(PublishedData::folder).toList();
      if (!names.contains(name)) {
        throw new TypeConversionException("expected one of " + names + ", got '" + name + "'");
      }
      return PublishedData.all().get(names.indexOf(name));
    }
  }

  @Spec private CommandSpec command;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder to write, which must not exist (default: runs/demo-DATE-TIME).")
  private Path out;

  @Option(
      names = "--alpha",
      paramLabel = "NUMBER",
      defaultValue = "2",
      description = "The base of the factors; 1 changes nothing (default: ${DEFAULT-VALUE}).")
  private double alpha;

  @Option(
      names = "--form",
      paramLabel = "FORM",
      defaultValue = "geometric",
      description = "The factors' form: geometric or constant (default: ${DEFAULT-VALUE}).")
  private Form form;

  @Option(
      names = "--epochs",
      paramLabel = "NUMBER",
      defaultValue = "10",
      description =
          "Epochs of each training; pruned after half of them (default: ${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--learning-rate",
      paramLabel = "NUMBER",
      defaultValue = "0.01",
      description = "Of plain gradient descent (default: ${DEFAULT-VALUE}).")
  private double learningRate;

  @Option(
      names = "--sparsity",
      paramLabel = "NUMBER",
      defaultValue = "0.5",
      description = "The share of each kernel to prune, in [0, 1) (default: ${DEFAULT-VALUE}).")
  private double sparsity;

  @Option(
      names = "--seeds",
      paramLabel = "NUMBER",
      defaultValue = "3",
      description = "How often to train, from seeds 1, 2, ... (default: ${DEFAULT-VALUE}).")
  private int seeds;

  @Option(
      names = "--full",
      description = "Use all of the data set, found on this machine or downloaded.")
  private boolean full;

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      converter = PublishedDataConverter.class,
      description = "The full data set: fashion-mnist or mnist (implies --full).")
  private PublishedData set;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the full data set is (implies --full).")
  private Path data;

  @Override
  public Integer call() throws IOException {
    PrintWriter console = command.commandLine().getOut();
    Path folder = out != null ? out : RUNS.resolve("demo-" + now());
    PromoteAndPruneSpec spec = spec();
    ReportFolder.requireFonts();
    long started = System.nanoTime();
    if (out == null) { // no later run has the name of one that was killed
      StagedDirectory.deleteLeftovers(RUNS, RUN);
    }
    try (StagedDirectory staged = StagedDirectory.create(folder)) {
      ImageSets pictures = images();
      console.println(
          "emergence demo: "
              + pictures.origin()
              + ", "
              + seeds
              + " x 3 trainings of "
              + epochs
              + " epochs");
      PromoteAndPruneResult result;
      try (ConsoleProgress progress =
          new ConsoleProgress(console, Boolean.getBoolean("emergence.terminal"))) {
        result = new PromoteAndPrune(spec, pictures, progress).run(staged.path());
      }
      Duration elapsed = Duration.ofNanos(System.nanoTime() - started);
      ReportFolder.write(
          result, RunRecord.of(spec, pictures, commandLine(), elapsed), staged.path());
      staged.commit();
      conclude(console, result, folder, elapsed);
    }
    return 0;
  }

  private PromoteAndPruneSpec spec() {
    if (seeds < 1) {
      throw new ParameterException(
          command.commandLine(), "--seeds must be at least 1, got " + seeds);
    }
    try {
      DepthProfile profile =
          form == Form.GEOMETRIC ? DepthProfile.geometric(alpha) : DepthProfile.constant(alpha);
      return new PromoteAndPruneSpec(
          ImmutableList.of(256, 256, 256),
          profile,
          ActivityRule.DEFAULT,
          epochs,
          64,
          learningRate,
          sparsity,
          LongStream.rangeClosed(1, seeds).boxed().collect(ImmutableList.toImmutableList()));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private ImageSets images() throws IOException {
    if (!full && set == null && data == null) {
      return BundledSample.load();
    }
    return DataFinder.fromEnvironment(Optional.ofNullable(data))
        .find(
            set == null ? PublishedData.FASHION_MNIST : set,
            new DownloadProgress(command.commandLine().getOut()));
  }

  private static void conclude(
      PrintWriter console, PromoteAndPruneResult result, Path folder, Duration elapsed) {
    List<List<String>> table = new ArrayList<>();
    table.add(ResultTable.header(result));
    table.addAll(ResultTable.rows(result));
    console.println();
    console.println(TextTable.of(table));
    console.println();
    for (Findings.Finding finding : Findings.of(result)) {
      console.printf(
          "%-8s  %s%n          %s%n",
          finding.verdict().text(), finding.claim(), finding.measured());
    }
    console.println();
    console.println(
        "@n: after n epochs, mean of the seeds. E: paths from inactive to active units. E~: E per"
            + " parameter.");
    console.printf(
        Locale.ROOT,
        "Done in %.0f s. Open %s in a browser; the trained model is in %s.%n",
        elapsed.toMillis() / 1000.0,
        folder.resolve("report.html"),
        folder.resolve("saved-model"));
    console.printf("Curves: tensorboard --logdir %s%n", folder.resolve("tensorboard"));
    Findings.NEXT.forEach(
        (command, question) -> console.printf("Next:   %-38s %s%n", command, question));
  }

  private String commandLine() {
    return "emergence "
        + String.join(" ", command.commandLine().getParent().getParseResult().originalArgs());
  }

  private static String now() {
    return LocalDateTime.now(ZoneId.systemDefault())
        .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT));
  }
}
