"""A search told in numbers: where each table stood in each part of it, for who wants to know why."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schema_docs.loaded_map import Atlas
from schema_docs.search.ranking import Scores, order
from schema_docs.search.results import FoundValue
from schema_docs.search.table_selection import choose, weigh
from schema_docs.text.tokenize import content_words, stem
from store.maps.records import Near


def explain(
    question: str, atlas: Atlas, chosen: Sequence[int], values: Sequence[FoundValue]
) -> tuple[str, ...]:
    """Give one sentence for each chosen table, in their order."""
    words = dict.fromkeys(content_words(question))
    held: defaultdict[str, list[FoundValue]] = defaultdict(list)
    for value in values:
        held[value.table].append(value)
    lines = []
    for number in chosen:
        table = atlas.schema.catalog.tables[number].full_name
        reasons = [*_named(words, atlas, number), *_holding(held[table])]
        reasons = reasons or [*_between(number, chosen, atlas)] or ["is near in meaning"]
        lines.append(f"{table} {' and '.join(reasons)}.")
    return tuple(lines)


def _named(words: dict[str, None], atlas: Atlas, number: int) -> Iterator[str]:
    shared = [word for word in words if atlas.lexical.holds(stem(word), number)]
    if shared:
        yield f"speaks of {', '.join(shared)}"


def _holding(values: Sequence[FoundValue]) -> Iterator[str]:
    places = dict.fromkeys(f"{value.value!r} in {value.column}" for value in values[:3])
    if places:
        yield f"holds {', '.join(places)}"


def _between(number: int, chosen: Sequence[int], atlas: Atlas) -> Iterator[str]:
    joined = [atlas.schema.catalog.tables[near].name for near in atlas.neighbours[number] if near in chosen]
    if len(joined) > 1:
        yield f"joins {' with '.join(joined[:3])}"


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
