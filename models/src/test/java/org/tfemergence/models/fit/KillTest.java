package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.models.testing.KilledTraining;

/** A training that is killed at any moment must come to the very weights of one that is not. */
final class KillTest {
  private static final int KILLS = 3;

  @TempDir private Path folder;

  @Test
  void fit_killedAgainAndAgain_isFitWithoutStop() throws Exception {
    Path whole = folder.resolve("whole.txt");
    KilledTraining.main(new String[] {folder.resolve("whole").toString(), whole.toString()});

    Path checkpoints = folder.resolve("killed");
    Path result = folder.resolve("killed.txt");
    Random random = new Random(11);
    int killed = 0;
    for (int i = 0; i < KILLS; i++) {
      Optional<Path> before = Checkpoints.latest(checkpoints);
      Process process = start(checkpoints, result);
      while (process.isAlive() && Checkpoints.latest(checkpoints).equals(before)) {
        Thread.sleep(5);
      }
      Thread.sleep(random.nextInt(400));
      killed += process.isAlive() ? 1 : 0;
      process.destroyForcibly().waitFor();
    }
    Process last = start(checkpoints, result);
    assertThat(last.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(last.exitValue()).isZero();

    assertThat(killed).as("how often it was killed while it ran").isPositive();
    assertThat(result).hasSameTextualContentAs(whole);
    try (Stream<Path> left = Files.list(checkpoints)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .as("two checkpoints and the lock, nothing half")
          .hasSize(3)
          .filteredOn(name -> name.startsWith("."))
          .containsExactly(".lock");
    }
  }

  private static Process start(Path checkpoints, Path result) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-cp",
            System.getProperty("java.class.path"),
            KilledTraining.class.getName(),
            checkpoints.toString(),
            result.toString());
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
