"""Weigh what spans of a question may mean, and choose the pieces that cover it best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agent.builtin.numbers import read_number
from agent.builtin.pieces import Piece
from agent.builtin.spells import Period
from agent.builtin.tokens import Token

# A value that is only partly the same as what was said.
SURE_VALUE = 0.75


_WEIGHT_OF_SIGN = {
    "filler": 0.3,
    "information": 0.5,
    "all": 0.4,
    "show": 0.45,
    "prep": 0.7,
    "where": 0.7,
    "verb": 0.5,
}


@dataclass(frozen=True, slots=True)
class Option:
    """A piece that may begin at a token, and how good a meaning it has."""

    piece: Piece
    weight: float


def weigh(piece: Piece, span: Sequence[Token], at: int) -> float:
    """Say how good a meaning a piece has: names and values count by their score, forms by their kind."""
    length = len(span)
    weights = [0.0]
    if piece.signs:
        each = max(_WEIGHT_OF_SIGN.get(sign.kind, 0.75) for sign in piece.signs)
        if at == 0 and piece.sign("show", "what", "count", "who", "when", "where"):
            each = 1.1
        weights.append(each * length + 0.5 * (length - 1))
    nouns = [ref.score for ref in piece.refs if ref.kind != "value"]
    if nouns:
        best = max(nouns)
        weights.append(best * length + (0.15 * (length - 1) if best > 0.9 else -0.05 * (length - 1)))
    stored = [ref.score for ref in piece.values]
    if stored:
        best = max(stored)
        sure = best * length + 0.2 * (length - 1) + (0.05 if span[0].text[:1].isupper() else 0)
        weights.append(sure if best >= SURE_VALUE else best * length * 0.8)
    if piece.number:
        weights.append(0.95 * length)
    if piece.quoted:
        weights.append(1.0)
    return max(weights)


def piece_of(span: Sequence[Token], at: int) -> Piece:
    """A piece with nothing known of it yet."""
    last = span[-1]
    return Piece(
        first=at,
        last=at + len(span),
        text=" ".join(token.text for token in span),
        plural=last.is_word and last.lemma != last.plain,
        lemmas=tuple(token.lemma for token in span),
    )


def period_option(tokens: Sequence[Token], period: Period) -> Option:
    """A period as an option; a bare year may also be a number."""
    span = tokens[period.first : period.last]
    number = read_number(tokens, period.first) if period.bare and len(span) == 1 else None
    piece = replace(piece_of(span, period.first), period=period, number=number)
    return Option(piece, 1.05 * len(span) + 0.6 * (len(span) - 1))


def cover(tokens: Sequence[Token], options: Mapping[int, Sequence[Option]]) -> tuple[Piece, ...]:
    """Choose the pieces that together weigh most; a token that fits nowhere becomes an unknown piece."""
    count = len(tokens)
    best: list[tuple[float, tuple[Piece, ...]]] = [(0.0, ())] * (count + 1)
    for at in range(count - 1, -1, -1):
        alone = piece_of(tokens[at : at + 1], at)
        weight, tail = best[at + 1]
        best[at] = (weight, (alone, *tail))
        for option in options[at]:
            rest, tail = best[option.piece.last]
            if option.weight + rest > best[at][0] + 1e-9:
                best[at] = (option.weight + rest, (option.piece, *tail))
    return best[0][1]
