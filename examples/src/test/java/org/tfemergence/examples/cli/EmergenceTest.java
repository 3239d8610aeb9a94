package org.tfemergence.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EmergenceTest {
  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "demo --bogus | Unknown option: '--bogus'",
        "demo --epochs many | '--epochs': 'many' is not an int",
        "demo --epochs 1 | epochs must be at least 2, to prune between them, got 1",
        "demo --seeds 0 | --seeds must be at least 1, got 0",
        "demo --alpha -2 | alpha must be finite and positive, got -2.0",
        "demo --alpha NaN | alpha must be finite and positive, got NaN",
        "demo --sparsity 1 | sparsity must be in [0, 1), got 1.0",
        "demo --learning-rate 0 | learning rate must be finite and positive, got 0.0",
        "demo --form cubic | '--form': expected one of [GEOMETRIC, CONSTANT]",
        "demo --dataset cifar | '--dataset': expected one of [fashion-mnist, mnist], got 'cifar'",
        "bogus | 'bogus'",
      })
  void wrongCommandLine_isOneLineAndStatus2(String line, String expected) {
    assertThat(run(line.split(" "))).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1).first().asString().contains(expected);
    assertThat(err.toString()).startsWith("emergence: ").contains("--help");
  }

  @Test
  void out_exists_isRefusedAndLeftAlone() throws IOException {
    Path precious = Files.writeString(folder.resolve("precious"), "data");
    assertThat(run("demo", "--out", precious.toString())).isEqualTo(2);
    assertThat(err.toString().strip())
        .isEqualTo("emergence: " + precious + ": exists already, and is not overwritten");
    assertThat(precious).hasContent("data");
  }

  @Test
  void out_belowAFile_isRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThat(run("demo", "--out", file.resolve("runs").toString())).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1).first().asString().contains(file.toString());
  }

  @Test
  void data_missing_namesFolderAndLeavesNothing() throws IOException {
    Path missing = folder.resolve("nowhere");
    Path out = folder.resolve("out");
    assertThat(run("demo", "--data", missing.toString(), "--out", out.toString())).isEqualTo(2);
    assertThat(err.toString().lines())
        .hasSize(1)
        .first()
        .asString()
        .contains(missing.toString(), "Fashion-MNIST");
    assertNothingLeft();
  }

  @Test
  void data_garbage_namesFileAndExpectation() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    for (String name :
        new String[] {
          "train-images-idx3-ubyte",
          "train-labels-idx1-ubyte",
          "t10k-images-idx3-ubyte",
          "t10k-labels-idx1-ubyte"
        }) {
      Files.writeString(data.resolve(name), "this is not an IDX file");
    }
    Path out = folder.resolve("out");
    assertThat(run("demo", "--data", data.toString(), "--out", out.toString())).isEqualTo(2);
    assertThat(err.toString().lines())
        .hasSize(1)
        .first()
        .asString()
        .contains("train-images-idx3-ubyte", "byte 0", "expected");
    assertThat(out).doesNotExist();
  }

  @Test
  void verbose_showsWhereTheErrorComesFrom() {
    assertThat(
            run(
                "demo",
                "--verbose",
                "--data",
                folder.resolve("nowhere").toString(),
                "--out",
                folder.resolve("out").toString()))
        .isEqualTo(2);
    assertThat(err.toString()).contains("\tat org.tfemergence");
  }

  @Test
  void help_teaches() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("demo").doesNotContain("Exception");
    assertThat(run("demo", "--help")).isZero();
    assertThat(out.toString())
        .contains("--alpha", "--dataset", "Examples:", "EMERGENCE_DATA", "~/.cache/tf-emergence");
  }

  @Test
  void version_isThePoms() throws IOException {
    String pom = Files.readString(Path.of("..", "pom.xml"));
    String version =
        pom.substring(pom.indexOf("<version>") + "<version>".length(), pom.indexOf("</version>"));

    assertThat(run("--version")).isZero();
    assertThat(out.toString().strip()).isEqualTo("tf-emergence " + version);
    assertThat(Files.readString(Path.of("..", "README.md")))
        .contains("<version>" + version + "</version>");
  }

  @Test
  void noCommand_showsTheHelp() {
    assertThat(run()).isZero();
    assertThat(out.toString()).contains("Usage: emergence");
  }

  private int run(String... args) {
    return Emergence.execute(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  private void assertNothingLeft() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }
}
