package org.tfemergence.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The shell script, up to the point where Java takes over. */
@DisabledOnOs(OS.WINDOWS)
final class LauncherTest {
  private static final Path LAUNCHER = Path.of("..", "emergence");

  @TempDir Path home;

  @Test
  void oldJava_isRefusedInOneLine() throws IOException, InterruptedException {
    javaThatSays("openjdk version \"11.0.2\" 2019-01-15");
    Run run = launch();
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.output().lines())
        .singleElement()
        .asString()
        .contains("found Java 11", "expected a JDK of version 17 or newer");
  }

  @Test
  void veryOldJava_isRefusedInOneLine() throws IOException, InterruptedException {
    javaThatSays("java version \"1.8.0_292\"");
    assertThat(launch().output().lines()).singleElement().asString().contains("version 17");
  }

  @Test
  void noJava_isSaidInOneLine() throws IOException, InterruptedException {
    Run run = launch();
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.output().lines()).singleElement().asString().contains("install a JDK");
  }

  private void javaThatSays(String version) throws IOException {
    Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\ncat >&2 <<'END'\n" + version + "\nEND\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Run launch() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("sh", LAUNCHER.toString(), "demo").redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", home.toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output);
  }

  private record Run(int status, String output) {}
}
