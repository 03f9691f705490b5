"""Several ways of reading the same pieces, of which the surest is taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from agent.builtin.facts import Facts
from agent.builtin.pieces import Piece

# How much surer another reading must be than the plain one.
AHEAD = 0.02
MOST_VARIANTS = 4
SURE = 0.92
# Asking back may take longer than answering, but not for ever.
MOST_OTHERS = 8
WORTH_ASKING = 0.5


def variants(pieces: Sequence[Piece], facts: Mapping[str, Facts]) -> Iterator[tuple[Piece, ...]]:
    """Other ways to take nouns that name a table and, as surely, a column elsewhere: the column instead."""
    found = 0
    for number, piece in enumerate(pieces):
        if found < MOST_VARIANTS and _may_be_column(piece, facts):
            found += 1
            column = replace(piece, refs=tuple(ref for ref in piece.refs if ref.kind != "table"))
            yield (*pieces[:number], column, *pieces[number + 1 :])


def _may_be_column(piece: Piece, facts: Mapping[str, Facts]) -> bool:
    if not piece.tables or piece.tables[0].score < SURE:
        return False
    return any(
        ref.score >= SURE and ref.column not in facts[ref.table].keys and ref.table != piece.tables[0].table
        for ref in piece.columns
    )


def others(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Other ways to take words that may mean several things: the next likeliest thing instead."""
    found = 0
    for number, piece in enumerate(pieces):
        rest = tuple(ref for ref in piece.refs if ref != piece.refs[0])
        if found < MOST_OTHERS and rest and rest[0].score > WORTH_ASKING:
            found += 1
            yield (*pieces[:number], replace(piece, refs=rest), *pieces[number + 1 :])
