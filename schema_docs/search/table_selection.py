"""The tables chosen for a question, from what was found near it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schema_docs.loaded_map import Atlas
from schema_docs.search.joins import connect
from schema_docs.search.ranking import Scores, column_lane, fuse, order, table_lane, value_bonus
from schema_docs.search.results import FoundValue
from schema_docs.text.tokenize import content_words, stem
from schema_docs.values.index import MISSPELT
from store.maps.records import Near

# Tables a question is shown at most when the map is too large to be shown whole.
MOST_TABLES = 15


@dataclass(frozen=True)
class Weights:
    """What tables were found to be worth: by words, by the nearness of table and of columns, by values.

    Each has one number for each table; `ranked` are the tables' numbers, best first.
    """

    lanes: Mapping[str, Scores]
    values: Scores
    ranked: list[int]


def rank(question: str, atlas: Atlas, near: Sequence[Near], values: Sequence[FoundValue] = ()) -> list[int]:
    """Order all tables by number, best first: by words and values, by nearness of table and of columns.

    `near` holds the nearest passages; one of a table this version of the map does not have is passed over.
    """
    return weigh(question, atlas, near, values).ranked


def weigh(question: str, atlas: Atlas, near: Sequence[Near], values: Sequence[FoundValue] = ()) -> Weights:
    """Give every score that a ranking is made of, and the ranking."""
    hits = [(atlas.numbers[hit.place.table], hit) for hit in near if hit.place.table in atlas.numbers]
    tables = {number: hit.similarity for number, hit in hits if hit.place.column is None}
    columns = [(number, hit.similarity) for number, hit in hits if hit.place.column is not None]
    lanes = {
        "words": atlas.lexical.score(stem(word) for word in content_words(question)),
        "table": table_lane(tables, len(atlas.widths)),
        "columns": column_lane(columns, atlas.widths),
    }
    bonus = value_bonus(_phrases(atlas, values).values(), len(atlas.widths))
    return Weights(lanes, bonus, order(fuse(list(lanes.values()), atlas.edges, bonus)))


def choose(ranked: Sequence[int], atlas: Atlas) -> list[int]:
    """Give the first tables, and right behind each those needed to join it with the ones before it."""
    return connect(ranked[:MOST_TABLES], atlas.neighbours)


def columns_that_matter(
    atlas: Atlas, near: Sequence[Near], values: Sequence[FoundValue]
) -> Mapping[int, set[str]]:
    """Name, for each table by its number, the columns near the question or holding one of its values."""
    columns: defaultdict[int, set[str]] = defaultdict(set)
    for table, column in [*(hit.place for hit in near), *((value.table, value.column) for value in values)]:
        if column is not None and table in atlas.numbers:
            columns[atlas.numbers[table]].add(column)
    return columns


def _phrases(atlas: Atlas, values: Sequence[FoundValue]) -> Mapping[str, Mapping[int, float]]:
    """Give, for each phrase of the question, the tables that hold it as a value, with how well."""
    phrases: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for value in values:
        number = atlas.numbers.get(value.table)
        if number is not None and value.score >= MISSPELT:
            phrases[value.words][number] = max(value.score, phrases[value.words].get(number, 0.0))
    return phrases
