package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.models.testing.KilledTraining;

/** A training that is killed at any moment must come to the very weights of one that is not. */
final class KillTest {
  private static final int KILLS = 3;

  @TempDir private Path folder;

  @Test
  @Timeout(300)
  void fit_killedAgainAndAgain_isFitWithoutStop() throws Exception {
    Path whole = folder.resolve("whole.txt");
    KilledTraining.main(new String[] {folder.resolve("whole").toString(), whole.toString()});

    Path checkpoints = folder.resolve("killed");
    Path result = folder.resolve("killed.txt");
    Random random = new Random(11);
    for (int i = 0; i < KILLS; i++) {
      int before = newest(checkpoints);
      Process process = start(checkpoints, result, "waits");
      int epochs = 1 + random.nextInt(3); // of ten steps: three checkpoints each, before it waits
      process.outputWriter(StandardCharsets.UTF_8).append("x".repeat(epochs)).flush();
      int saves = before + 1 + random.nextInt(3 * epochs);
      if (i % 2 == 0) { // within a checkpoint, if that is to be seen
        await(process, () -> newest(checkpoints) >= saves - 1);
        await(process, () -> newest(checkpoints) >= saves || isBusy(checkpoints));
      } else {
        await(process, () -> newest(checkpoints) >= saves);
      }
      process.destroyForcibly().waitFor();
    }
    Process last = start(checkpoints, result, "goes on");
    assertThat(last.waitFor()).isZero();

    assertThat(result).hasSameTextualContentAs(whole);
    assertThat(names(checkpoints))
        .as("two checkpoints and the lock, nothing half")
        .hasSize(3)
        .filteredOn(name -> name.startsWith("."))
        .containsExactly(".lock");
  }

  /** What is waited for. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void await(Process process, Condition condition) throws Exception {
    while (!condition.holds()) {
      assertThat(process.isAlive()).as("waits until it is killed").isTrue();
      Thread.sleep(1);
    }
  }

  /** Returns the number of the newest checkpoint; 0 if there is none. */
  private static int newest(Path checkpoints) throws IOException {
    return names(checkpoints).stream()
        .filter(name -> name.startsWith("checkpoint-"))
        .mapToInt(name -> Integer.parseInt(name.split("-", -1)[1]))
        .max()
        .orElse(0);
  }

  /** Tells whether a checkpoint is being written or deleted. */
  private static boolean isBusy(Path checkpoints) throws IOException {
    return names(checkpoints).stream().anyMatch(name -> name.startsWith(".checkpoint-"));
  }

  private static List<String> names(Path checkpoints) throws IOException {
    if (!Files.isDirectory(checkpoints)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(checkpoints)) {
      return children.map(path -> path.getFileName().toString()).toList();
    }
  }

  private static Process start(Path checkpoints, Path result, String how) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-cp",
            System.getProperty("java.class.path"),
            KilledTraining.class.getName(),
            checkpoints.toString(),
            result.toString(),
            how);
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
