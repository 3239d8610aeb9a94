package org.tfemergence.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Splitter;
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

  private static List<String> tokens(String text) {
    return Splitter.on(' ').omitEmptyStrings().splitToList(text);
  }
}
