package org.tfemergence.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Splitter;
import com.google.common.primitives.ImmutableIntArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BleuTest {
  /** The numbers are sacrebleu's; bleu_reference.py beside them makes them. */
  @Test
  void score_isThatOfSacrebleu() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("src/test/python/bleu.tsv"));
    assertThat(lines).hasSize(18);
    for (String line : lines) {
      List<String> fields = Splitter.on('\t').splitToList(line);
      List<List<String>> hypotheses = new ArrayList<>();
      List<List<String>> references = new ArrayList<>();
      for (int i = 1; i < fields.size(); i += 2) {
        hypotheses.add(tokens(fields.get(i)));
        references.add(tokens(fields.get(i + 1)));
      }
      assertThat(Bleu.corpus(hypotheses, references).score())
          .as(line)
          .isCloseTo(Double.parseDouble(fields.get(0)), within(1e-9));
    }
  }

  /** The example of the paper's section 2.1: "the" counts twice, as it is in the reference. */
  @Test
  void of_repeatedToken_isClipped() {
    Bleu bleu = Bleu.of(tokens("the the the the the the the"), tokens("the cat is on the mat"));
    assertThat(bleu.matches().get(0)).isEqualTo(2);
    assertThat(bleu.possible().asList()).containsExactly(7L, 6L, 5L, 4L);
    assertThat(bleu.hypothesisLength()).isEqualTo(7);
    assertThat(bleu.referenceLength()).isEqualTo(6);
  }

  /**
   * What sacrebleu 2.6.0 gives for the words, not the 94.98 that it gives for references whose
   * unknown words were replaced.
   */
  @Test
  void ofTokens_unknown_matchesNothing() {
    List<String> known =
        tokens(
            "the small house stands by old bank a waits there and nobody sees it leave go we went"
                + " home late evening");
    List<List<String>> references =
        List.of(
            tokens("the small red house stands by the old river bank"),
            tokens("a heron waits there and nobody sees it leave"),
            tokens("we went home late that evening"));
    List<List<String>> hypotheses =
        List.of(
            tokens("the small <unk> house stands by the old <unk> bank"),
            tokens("a <unk> waits there and nobody sees it go"),
            tokens("we went home late <unk> evening"));

    Bleu ofTokens = Bleu.NONE;
    for (int i = 0; i < references.size(); i++) {
      ofTokens =
          ofTokens.plus(
              Bleu.ofTokens(ids(hypotheses.get(i), known), ids(references.get(i), known)));
    }

    assertThat(ofTokens).isEqualTo(Bleu.corpus(hypotheses, references));
    assertThat(ofTokens.score()).isCloseTo(53.83103235636336, within(1e-9));
  }

  @Test
  void score_nothing_isZero() {
    assertThat(Bleu.NONE.score()).isZero();
    assertThat(Bleu.of(List.of(), List.of(1, 2, 3, 4)).score()).isZero();
  }

  @Test
  void corpus_lengthsDiffer_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Bleu.corpus(List.of(List.of(1)), List.of()))
        .withMessage("there must be as many hypotheses as references, got 1 and 0");
  }

  private static ImmutableIntArray ids(List<String> words, List<String> known) {
    return ImmutableIntArray.copyOf(
        words.stream()
            .mapToInt(
                word ->
                    known.contains(word)
                        ? SpecialTokens.COUNT + known.indexOf(word)
                        : SpecialTokens.UNKNOWN));
  }

  private static List<String> tokens(String text) {
    return Splitter.on(' ').omitEmptyStrings().splitToList(text);
  }
}
