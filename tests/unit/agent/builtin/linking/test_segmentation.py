from agent.builtin.linking.segmentation import SpanCandidate, segment, unlinked_span
from schema_docs.text.tokenizer import tokenize


def test_the_pieces_that_together_weigh_most_are_taken() -> None:
    tokens = tokenize("number of order lines")
    count, line = unlinked_span(tokens[:2], 0), unlinked_span(tokens[3:], 3)
    lines = unlinked_span(tokens[2:], 2)
    options = {
        0: [SpanCandidate(count, 2.0)],
        1: [],
        2: [SpanCandidate(lines, 2.1)],
        3: [SpanCandidate(line, 1.0)],
    }
    assert [piece.text for piece in segment(tokens, options)] == ["number of", "order lines"]


def test_a_word_that_fits_nowhere_is_kept_as_unknown() -> None:
    tokens = tokenize("many gadgets")
    spans = segment(tokens, {0: [], 1: []})
    assert [piece.is_unknown for piece in spans] == [True, True]
