"""Why each table was chosen, in words for people."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from schema_docs.atlas import Atlas
from schema_docs.found import FoundValue
from schema_docs.words import content_words, stem


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
