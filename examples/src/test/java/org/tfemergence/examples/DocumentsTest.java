package org.tfemergence.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every block of Java in the documents stands, to the letter, in a region of a tested source.
 *
 * <p>A region is what lies between {@code // begin: NAME} and {@code // end}, without its common
 * indentation, in any test of this module or any project of {@code src/it}.
 */
final class DocumentsTest {
  private static final Path ROOT = Path.of("..");
  private static final List<Path> TESTED = List.of(Path.of("src/test/java"), Path.of("src/it"));

  @ParameterizedTest
  @MethodSource("blocks")
  void block_standsInATestedRegion(Block block) throws IOException {
    assertThat(regions()).as("%s", block).contains(block.code());
  }

  @Test
  void region_standsInADocument() throws IOException {
    assertThat(blocks().map(Block::code)).containsAll(regions());
  }

  @Test
  void prose_ofDocuments_isNotWiderThan120() throws IOException {
    List<String> wide = new ArrayList<>();
    for (Path document : documents()) {
      boolean code = false;
      for (String line : Files.readAllLines(document)) {
        code ^= line.strip().startsWith("```");
        if (!code && !line.startsWith("|") && line.length() > 120) {
          wide.add(name(document) + ": " + line);
        }
      }
    }
    assertThat(wide).isEmpty();
  }

  /** A block of Java in a document, below the heading it follows. */
  private record Block(String section, int line, String code) {
    @Override
    public String toString() {
      return section + ", line " + line;
    }
  }

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>(files(ROOT.resolve("docs"), ".md"));
    for (String name :
        List.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")) {
      documents.add(ROOT.resolve(name));
    }
    return documents;
  }

  private static String name(Path document) {
    return ROOT.relativize(document).toString().replace('\\', '/');
  }

  private static Stream<Block> blocks() throws IOException {
    List<Block> blocks = new ArrayList<>();
    for (Path document : documents()) {
      blocks.addAll(blocks(document));
    }
    return blocks.stream();
  }

  private static List<Block> blocks(Path document) throws IOException {
    List<String> lines = Files.readAllLines(document);
    List<Block> blocks = new ArrayList<>();
    String heading = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("#")) {
        heading = line.replaceFirst("^#+ +", "");
      } else if (line.strip().startsWith("```")) {
        int end = next(lines, "```", i + 1, document);
        if (line.strip().equals("```java")) {
          String section = name(document) + ": " + heading;
          blocks.add(new Block(section, i + 1, text(lines.subList(i + 1, end))));
        }
        i = end;
      }
    }
    return blocks;
  }

  private static List<String> regions() throws IOException {
    List<String> regions = new ArrayList<>();
    for (Path folder : TESTED) {
      for (Path source : files(folder, ".java")) {
        List<String> lines = Files.readAllLines(source);
        for (int i = 0; i < lines.size(); i++) {
          if (lines.get(i).strip().startsWith("// begin: ")) {
            int end = next(lines, "// end", i + 1, source);
            regions.add(text(lines.subList(i + 1, end)));
            i = end;
          }
        }
      }
    }
    return regions;
  }

  private static List<Path> files(Path folder, String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  private static int next(List<String> lines, String marker, int from, Path file) {
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).strip().equals(marker)) {
        return i;
      }
    }
    throw new IllegalArgumentException(file + ": no '" + marker + "' behind line " + from);
  }

  private static String text(List<String> lines) {
    return String.join("\n", lines).stripTrailing().stripIndent() + "\n";
  }
}
