"""Explanation of table ranking: the reasons why a table was selected, and its rank by each signal."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schema_docs.loaded_map import LoadedMap
from schema_docs.search.ranking import Scores, sort_by_score
from schema_docs.search.results import ValueMatch
from schema_docs.search.table_selection import score_tables, select_tables
from schema_docs.text.lemmatizer import lemma
from schema_docs.text.tokenizer import content_words
from store.maps.records import PassageMatch


def explain_tables(
    question: str, loaded_map: LoadedMap, selected: Sequence[int], values: Sequence[ValueMatch]
) -> tuple[str, ...]:
    """Return one sentence per selected table, in their order."""
    words = dict.fromkeys(content_words(question))
    values_by_table: defaultdict[str, list[ValueMatch]] = defaultdict(list)
    for value in values:
        values_by_table[value.table].append(value)
    lines = []
    for number in selected:
        table = loaded_map.schema.catalog.tables[number].full_name
        reasons = [*_matched_words(words, loaded_map, number), *_matched_values(values_by_table[table])]
        reasons = reasons or [*_joined_tables(number, selected, loaded_map)] or ["is similar in meaning"]
        lines.append(f"{table} {' and '.join(reasons)}.")
    return tuple(lines)


def _matched_words(words: dict[str, None], loaded_map: LoadedMap, number: int) -> Iterator[str]:
    shared = [word for word in words if loaded_map.lexical.contains(lemma(word), number)]
    if shared:
        yield f"matches {', '.join(shared)}"


def _matched_values(values: Sequence[ValueMatch]) -> Iterator[str]:
    matches = dict.fromkeys(f"{value.value!r} in {value.column}" for value in values[:3])
    if matches:
        yield f"holds {', '.join(matches)}"


def _joined_tables(number: int, selected: Sequence[int], loaded_map: LoadedMap) -> Iterator[str]:
    joined = [
        loaded_map.schema.catalog.tables[neighbour].name
        for neighbour in loaded_map.neighbours[number]
        if neighbour in selected
    ]
    if len(joined) > 1:
        yield f"joins {' with '.join(joined[:3])}"


# Lower ranks are of no interest.
MAX_EXPLAINED_TABLES = 20


@dataclass(frozen=True, slots=True)
class TableExplanation:
    """One table of a ranking, explained.

    `ranks` are its positions, from 1, by words and by the similarity of the table and of its columns, where
    it was found by them; `values` is the bonus for values in standard deviations. `rank` is None for a table
    that was added only to join others; `included` tells whether the budget had room for it.
    """

    table: str
    rank: int | None
    ranks: Mapping[str, int]
    values: float
    included: bool
    reason: str


def explain_ranking(
    question: str,
    loaded_map: LoadedMap,
    passages: Sequence[PassageMatch],
    values: Sequence[ValueMatch],
    included: Collection[str],
) -> tuple[TableExplanation, ...]:
    """Explain the first tables of the ranking and those that join them.

    They come in the order in which they are, or would have been, included.
    """
    table_scores = score_tables(question, loaded_map, passages, values)
    selected = select_tables(table_scores.ranked, loaded_map)[:MAX_EXPLAINED_TABLES]
    sentences = explain_tables(question, loaded_map, selected, values)
    overall = {number: rank for rank, number in enumerate(table_scores.ranked[:MAX_EXPLAINED_TABLES], 1)}
    ranks = {name: _ranks(signal) for name, signal in table_scores.signals.items()}
    tables = loaded_map.schema.catalog.tables
    return tuple(
        TableExplanation(
            table=tables[number].full_name,
            rank=overall.get(number),
            ranks={name: by_table[number] for name, by_table in ranks.items() if number in by_table},
            values=round(float(table_scores.values[number]), 2),
            included=tables[number].full_name in included,
            reason=sentence,
        )
        for number, sentence in zip(selected, sentences, strict=True)
    )


def _ranks(scores: Scores) -> Mapping[int, int]:
    """Return the rank of each table that has more than the lowest score."""
    lowest = float(scores.min()) if scores.size else 0.0
    ranked = [number for number in sort_by_score(scores) if float(scores[number]) > lowest]
    return {number: rank for rank, number in enumerate(ranked, 1)}
