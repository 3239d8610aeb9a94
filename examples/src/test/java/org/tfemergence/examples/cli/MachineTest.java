package org.tfemergence.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program, as a process of its own, on machines that are not as one would like them. */
final class MachineTest {
  @TempDir private Path folder;

  /** TensorFlow Java would number operations in Arabic digits. */
  @Test
  void demo_whereDigitsAreOthers_runsAndWritesPlainOnes() throws Exception {
    Path report = folder.resolve("report");
    Run run =
        run(
            List.of("-Duser.language=ar", "-Duser.country=EG"),
            "demo",
            "--epochs",
            "2",
            "--seeds",
            "1",
            "--out",
            report.toString());
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).contains("Done in ").doesNotContainPattern("[\\p{Nd}&&[^0-9]]");
    try (Stream<Path> files = Files.walk(report)) {
      List<Path> texts =
          files.filter(file -> file.toString().matches(".*\\.(html|json|csv|svg|md)")).toList();
      assertThat(texts).hasSizeGreaterThan(2);
      for (Path text : texts) {
        assertThat(Files.readString(text)).doesNotContainPattern("[\\p{Nd}&&[^0-9]]");
      }
    }
  }

  @Test
  void data_largerThanMemory_isOneLineAndStatus2() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    for (String part : List.of("train", "t10k")) {
      write(data.resolve(part + "-images-idx3-ubyte.gz"), 60_000 * 784, 0x803, 60_000, 28, 28);
      write(data.resolve(part + "-labels-idx1-ubyte.gz"), 60_000, 0x801, 60_000);
    }
    Run run =
        run(
            List.of("-Xmx40m"),
            "demo",
            "--data",
            data.toString(),
            "--out",
            folder.resolve("report").toString());
    run.assertFailedInOneLine("emergence: out of memory (Java heap space); Java may take ");
    assertThat(folder.resolve("report")).doesNotExist();
  }

  /** No home, no folder for temporary files: below a file no folder can be made. */
  @Test
  void nowhereToUnpackTensorFlow_isOneLineAndStatus2() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    Run run =
        run(
            List.of(
                "-Duser.home=" + file.resolve("home"), "-Djava.io.tmpdir=" + file.resolve("tmp")),
            "demo",
            "--out",
            folder.resolve("report").toString());
    run.assertFailedInOneLine("emergence: cannot load TensorFlow (");
    assertThat(run.err()).contains("JDK_JAVA_OPTIONS=-Dorg.bytedeco.javacpp.cachedir=DIR");
    assertThat(folder.resolve("report")).doesNotExist();
  }

  private static void write(Path file, int payload, int... header) throws IOException {
    ByteBuffer numbers = ByteBuffer.allocate(header.length * Integer.BYTES);
    for (int number : header) {
      numbers.putInt(number);
    }
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(numbers.array());
      out.write(new byte[payload]);
    }
  }

  private Run run(List<String> options, String... args) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Djava.awt.headless=true"));
    command.add("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Emergence.class.getName());
    command.addAll(List.of(args));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    int status = process.waitFor();
    return new Run(status, text(out), text(err));
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }

  private record Run(int status, String out, String err) {
    /* Java's own warnings are not the program's. */
    void assertFailedInOneLine(String beginning) {
      assertThat(status).as(err).isEqualTo(2);
      assertThat(err.lines().filter(line -> !line.startsWith("WARNING: ")))
          .singleElement()
          .asString()
          .startsWith(beginning);
    }
  }
}
