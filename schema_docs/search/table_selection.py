"""Table selection: picks the tables a question needs from the search hits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schema_docs.loaded_map import LoadedMap
from schema_docs.search.ranking import (
    Scores,
    fuse_scores,
    score_by_column_similarity,
    score_by_table_similarity,
    score_values,
    sort_by_score,
)
from schema_docs.search.results import ValueMatch
from schema_docs.text.lemmatizer import lemma
from schema_docs.text.tokenizer import content_words
from schema_docs.values.index import MISSPELLED
from store.maps.records import PassageMatch

# Maximum number of tables in a result, if the map is too large to be included whole.
MAX_TABLES = 15


@dataclass(frozen=True)
class TableScores:
    """Scores of all tables: one signal per method (words, table and column similarity), and values.

    Each has one number per table; `ranked` are the table numbers, best first.
    """

    signals: Mapping[str, Scores]
    values: Scores
    ranked: list[int]


def rank_tables(
    question: str, loaded_map: LoadedMap, passages: Sequence[PassageMatch], values: Sequence[ValueMatch] = ()
) -> list[int]:
    """Return all table numbers, best first.

    `passages` are the nearest passages; those of tables that this map version does not have are ignored.
    """
    return score_tables(question, loaded_map, passages, values).ranked


def score_tables(
    question: str, loaded_map: LoadedMap, passages: Sequence[PassageMatch], values: Sequence[ValueMatch] = ()
) -> TableScores:
    """Return the scores that a ranking is made of, and the ranking."""
    hits = [
        (loaded_map.numbers[hit.element.table], hit)
        for hit in passages
        if hit.element.table in loaded_map.numbers
    ]
    tables = {number: hit.similarity for number, hit in hits if hit.element.column is None}
    columns = [(number, hit.similarity) for number, hit in hits if hit.element.column is not None]
    signals = {
        "words": loaded_map.lexical.score(lemma(word) for word in content_words(question)),
        "table": score_by_table_similarity(tables, len(loaded_map.widths)),
        "columns": score_by_column_similarity(columns, loaded_map.widths),
    }
    bonus = score_values(_holders_by_phrase(loaded_map, values).values(), len(loaded_map.widths))
    return TableScores(
        signals, bonus, sort_by_score(fuse_scores(list(signals.values()), loaded_map.edges, bonus))
    )


def select_tables(ranked: Sequence[int], loaded_map: LoadedMap) -> list[int]:
    """Return the first tables, each followed by those needed to join it with the ones before it."""
    tables = loaded_map.schema.catalog.tables
    names = loaded_map.graph.connect_in_order(tables[number].full_name for number in ranked[:MAX_TABLES])
    return [loaded_map.numbers[name] for name in names]


def relevant_columns(
    loaded_map: LoadedMap, passages: Sequence[PassageMatch], values: Sequence[ValueMatch]
) -> Mapping[int, set[str]]:
    """Return, by table number, the columns that are similar to the question or hold one of its values."""
    columns: defaultdict[int, set[str]] = defaultdict(set)
    for table, column in [
        *(hit.element for hit in passages),
        *((value.table, value.column) for value in values),
    ]:
        if column is not None and table in loaded_map.numbers:
            columns[loaded_map.numbers[table]].add(column)
    return columns


def _holders_by_phrase(
    loaded_map: LoadedMap, values: Sequence[ValueMatch]
) -> Mapping[str, Mapping[int, float]]:
    """Return, for each phrase of the question, the tables that hold it as a value, with the score."""
    phrases: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for value in values:
        number = loaded_map.numbers.get(value.table)
        if number is not None and value.score >= MISSPELLED:
            phrases[value.phrase][number] = max(value.score, phrases[value.phrase].get(number, 0.0))
    return phrases
