"""A search told in numbers: where each table stood in each part of it, for who wants to know why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from schema_docs.atlas import Atlas
from schema_docs.choosing import choose, weigh
from schema_docs.found import FoundValue
from schema_docs.ranking import Scores, order
from schema_docs.reasons import explain
from store.map_records import Near

# Further down nothing is of interest.
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Told:
    """One table of a ranking. `places` say where it stood, from 1: by words, by the nearness of the table and
    of its columns, as far as it was found there; `values` is what the question's values added, in standard
    deviations. `place` is None for one that only joins others; `shown` tells whether the budget had room.
    """

    table: str
    place: int | None
    places: Mapping[str, int]
    values: float
    shown: bool
    why: str


def tell(
    question: str, atlas: Atlas, near: Sequence[Near], values: Sequence[FoundValue], shown: Collection[str]
) -> tuple[Told, ...]:
    """Tell of the first tables of the ranking, and of those that join them, in the order in which they were
    shown or would have been.
    """
    weights = weigh(question, atlas, near, values)
    chosen = choose(weights.ranked, atlas)[:MOST_TOLD]
    sentences = explain(question, atlas, chosen, values)
    standing = {number: place for place, number in enumerate(weights.ranked[:MOST_TOLD], 1)}
    places = {name: _standing(scores) for name, scores in weights.lanes.items()}
    tables = atlas.schema.catalog.tables
    return tuple(
        Told(
            table=tables[number].full_name,
            place=standing.get(number),
            places={name: at[number] for name, at in places.items() if number in at},
            values=round(float(weights.values[number]), 2),
            shown=tables[number].full_name in shown,
            why=why,
        )
        for number, why in zip(chosen, sentences, strict=True)
    )


def _standing(scores: Scores) -> Mapping[int, int]:
    """Give the place of each table that has more than the lowest score."""
    lowest = float(scores.min()) if scores.size else 0.0
    found = [number for number in order(scores) if float(scores[number]) > lowest]
    return {number: place for place, number in enumerate(found, 1)}
