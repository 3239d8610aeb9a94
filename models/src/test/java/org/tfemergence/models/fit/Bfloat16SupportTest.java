package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class Bfloat16SupportTest {
  @TempDir private Path folder;

  @Test
  void warning_withoutTheInstructions_saysWhatToDo() throws IOException {
    assertThat(Bfloat16Support.warning(cpuinfo("fpu sse4_2 fma avx avx2"), "amd64"))
        .hasValueSatisfying(
            warning ->
                assertThat(warning).contains("BFLOAT16", "AVX-512").endsWith("stay with FLOAT32"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fpu avx2 avx512f avx512bw", "fpu avx2 avx_ne_convert"})
  void warning_withTheInstructions_isNone(String flags) throws IOException {
    assertThat(Bfloat16Support.warning(cpuinfo(flags), "amd64")).isEmpty();
  }

  @Test
  void warning_whereItCannotBeKnown_isNone() throws IOException {
    Path text = folder.resolve("other");
    Files.writeString(text, "processor\t: 0\nFeatures\t: fp asimd bf16\n");
    Path bytes = folder.resolve("bytes");
    Files.write(bytes, new byte[] {(byte) 0xff, (byte) 0xfe});

    assertThat(Bfloat16Support.warning(cpuinfo("fpu avx2"), "aarch64")).isEmpty();
    assertThat(Bfloat16Support.warning(text, "amd64")).isEmpty();
    assertThat(Bfloat16Support.warning(bytes, "amd64")).isEmpty();
    assertThat(Bfloat16Support.warning(folder.resolve("missing"), "amd64")).isEmpty();
  }

  /** As Linux writes it for two processors. */
  private Path cpuinfo(String flags) throws IOException {
    Path file = folder.resolve("cpuinfo");
    String one = "processor\t: %s\nmodel name\t: A\nflags\t\t: " + flags + "\nbugs\t\t: none\n\n";
    Files.writeString(file, one.formatted(0) + one.formatted(1));
    return file;
  }
}
