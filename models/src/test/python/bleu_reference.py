"""Writes bleu.tsv: scores of sacrebleu for small corpora of made tokens.

    python bleu_reference.py   # needs sacrebleu 2.6

Each line: the score, then the corpus's pairs, a hypothesis and its reference by turns, all
separated by tabs; tokens by spaces.
"""

import pathlib
import random

import sacrebleu


def corpora(rng):
    yield [("a b c d e", "a b c d e")]
    yield [("a b c", "a b c d e f")]  # no 4-gram at all
    yield [("x y z u v", "a b c d e")]  # no match
    yield [("a a a a a a a", "a b a c a d")]  # clipped
    yield [("", "a b c d"), ("a b c d e", "a b c d e f")]  # an empty translation
    yield [("a c b d e g f", "a b c d e f g")]  # smoothed from the second order on
    for _ in range(12):
        pairs = []
        for _ in range(rng.randint(1, 6)):
            reference = [rng.choice("abcdefgh") for _ in range(rng.randint(2, 12))]
            hypothesis = [t if rng.random() < 0.8 else rng.choice("abcdefgh") for t in reference]
            hypothesis = hypothesis[rng.randint(0, 2) :] + reference[: rng.randint(0, 3)]
            pairs.append((" ".join(hypothesis), " ".join(reference)))
        yield pairs


def main():
    lines = []
    for pairs in corpora(random.Random(1)):
        hypotheses, references = [list(side) for side in zip(*pairs)]
        score = sacrebleu.corpus_bleu(
            hypotheses, [references], tokenize="none", smooth_method="exp", force=True
        ).score
        lines.append("\t".join([repr(score)] + [side for pair in pairs for side in pair]))
    path = pathlib.Path(__file__).with_name("bleu.tsv")
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
