package org.tfemergence.models.fit;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Whether a processor has the instructions without which bfloat16 gains nothing, as Linux says. */
final class Bfloat16Support {
  /** Where Linux describes the processor. */
  static final Path DESCRIPTION = Path.of("/proc/cpuinfo");

  /** TensorFlow takes bfloat16 for supported on a processor that has one of these. */
  private static final Set<String> ONE_OF = Set.of("avx512f", "avx_ne_convert");

  private Bfloat16Support() {}

  /**
   * Returns what to tell who computes in bfloat16.
   *
   * @param cpuinfo the description of the processor
   * @param architecture the processor's, as Java names it
   * @return the warning; empty if the processor has the instructions, or that cannot be known
   */
  static Optional<String> warning(Path cpuinfo, String architecture) {
    return architecture.equals("amd64")
            && flags(cpuinfo).filter(flags -> Collections.disjoint(flags, ONE_OF)).isPresent()
        ? Optional.of(
            "precision BFLOAT16 gains nothing on this processor, which has no AVX-512: TensorFlow"
                + " ignores it, or computes many times slower where TF_ENABLE_ONEDNN_OPTS is 1;"
                + " stay with FLOAT32")
        : Optional.empty();
  }

  /* Those of the first processor: all are alike. */
  private static Optional<List<String>> flags(Path cpuinfo) {
    try (Stream<String> lines = Files.lines(cpuinfo)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> Splitter.on(CharMatcher.whitespace()).splitToList(line));
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty(); // no Linux, or one that does not tell
    }
  }
}
