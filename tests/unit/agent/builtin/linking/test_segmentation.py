from agent.builtin.linking.segmentation import Option, cover, piece_of
from agent.builtin.text.tokenizer import tokenise


def test_the_pieces_that_together_weigh_most_are_taken() -> None:
    tokens = tokenise("number of order lines")
    count, line = piece_of(tokens[:2], 0), piece_of(tokens[3:], 3)
    lines = piece_of(tokens[2:], 2)
    options = {0: [Option(count, 2.0)], 1: [], 2: [Option(lines, 2.1)], 3: [Option(line, 1.0)]}
    assert [piece.text for piece in cover(tokens, options)] == ["number of", "order lines"]


def test_a_word_that_fits_nowhere_is_kept_as_unknown() -> None:
    tokens = tokenise("many gadgets")
    pieces = cover(tokens, {0: [], 1: []})
    assert [piece.is_unknown for piece in pieces] == [True, True]
