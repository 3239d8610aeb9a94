package org.tfemergence.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.tfemergence.models.fit.Precision;

/**
 * Compares convolutions, also in groups and depthwise, and pooling by the greatest value and by the
 * mean, as TensorFlow computes them for the layers of this project, with their definition: the
 * output and the gradients by the maps and by the kernel, over drawn geometries. What differs is
 * printed, and makes the program fail. Each portion has a process of its own; one that dies counts
 * as a difference.
 */
public final class Geometries {
  private static final int PORTION = 200; // geometries of one graph

  private Geometries() {}

  /**
   * Runs the comparison.
   *
   * @param args the number of geometries, 4000 if it is absent; {@code --bfloat16} to compute in
   *     bfloat16; {@code --seed=N} for others
   * @throws IOException if no process can be started
   * @throws InterruptedException if this one is interrupted
   */
  @SuppressWarnings("SystemOut") // a program's result
  public static void main(String[] args) throws IOException, InterruptedException {
    int number = 4000;
    long seed = 1;
    int portion = -1; // all of them
    Precision precision = Precision.FLOAT32;
    for (String arg : args) {
      if (arg.equals("--bfloat16")) {
        precision = Precision.BFLOAT16;
      } else if (arg.startsWith("--seed=")) {
        seed = Long.parseLong(arg.substring("--seed=".length()));
      } else if (arg.startsWith("--portion=")) {
        portion = Integer.parseInt(arg.substring("--portion=".length()));
      } else {
        number = Integer.parseInt(arg);
      }
    }
    if (portion >= 0) {
      List<Geometry> drawn = Geometry.draw(number, seed);
      int start = portion * PORTION;
      differences(drawn.subList(start, Math.min(number, start + PORTION)), precision)
          .forEach(System.out::println);
      return;
    }
    long found = 0;
    for (int i = 0; i * PORTION < number; i++) {
      found += inProcess(i, args);
    }
    System.out.printf(
        Locale.ROOT, "%d geometries in %s: %d differences%n", number, precision, found);
    if (found > 0) {
      System.exit(1);
    }
  }

  @SuppressWarnings("SystemOut")
  private static long inProcess(int portion, String... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Geometries.class.getName());
    command.addAll(List.of(args));
    command.add("--portion=" + portion);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    long found = 0;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.out.println(line);
        found++;
      }
    }
    int status = process.waitFor();
    if (status != 0) {
      System.out.printf(Locale.ROOT, "portion %d died with status %d%n", portion, status);
      found++;
    }
    return found;
  }

  /**
   * Compares geometries in one graph.
   *
   * @param geometries what to compare
   * @param precision what TensorFlow computes in
   * @return the outputs and gradients that differ, in words
   */
  static List<String> differences(List<Geometry> geometries, Precision precision) {
    List<String> differences = new ArrayList<>();
    // All values are small integers, so that float32 holds all sums; bfloat16 rounds results.
    double relative = precision == Precision.BFLOAT16 ? 0x1p-7 : 1e-5;
    for (SlidingRun.Computed all : SlidingRun.of(geometries, precision)) {
      SlidingDefinition definition =
          new SlidingDefinition(all.geometry(), all.input(), all.kernel(), all.weights());
      String layer = " of " + all.geometry().layer() + " on " + all.geometry().inputs();
      compare("output" + layer, all.output(), definition.output, relative, differences);
      compare("by maps" + layer, all.byInput(), definition.byInput, relative, differences);
      compare("by kernel" + layer, all.byKernel(), definition.byKernel, relative, differences);
    }
    return differences;
  }

  private static void compare(
      String what, float[] found, double[] expected, double relative, List<String> differences) {
    int wrong = 0;
    int first = -1;
    for (int i = expected.length - 1; i >= 0; i--) {
      if (!(Math.abs(found[i] - expected[i]) <= 1e-5 + relative * Math.abs(expected[i]))) {
        wrong++;
        first = i;
      }
    }
    if (wrong > 0) {
      differences.add(
          String.format(
              Locale.ROOT,
              "%s: %d of %d wrong, as %s at %d, expected %s",
              what,
              wrong,
              expected.length,
              found[first],
              first,
              expected[first]));
    }
  }
}
