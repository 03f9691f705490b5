"""Measure whether the tables a question needs are among the first ones found.

    python tests/evals/retrieval.py --catalog catalog.json --gold gold.json [--k 5,15] [--json]

The catalog is a list of {"db", "table", "columns", "foreign_keys": [{"column", "references", "key"}]}, the
gold a list of {"db", "question", "gold_tables"}. All databases are one pool.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from schema_docs.embedder import Embedder, Vectors, WordLlamaEmbedder
from schema_docs.passages import find_neighbours, write_document, write_passages
from schema_docs.ranking import (
    COLUMNS_NEAR,
    TABLES_NEAR,
    LexicalIndex,
    column_lane,
    edges_between,
    fuse,
    order,
    table_lane,
)
from schema_docs.schema_map import SchemaMap
from schema_docs.words import content_words, stem
from store.catalog import Catalog, Column, ForeignKey, Table


def read_catalog(entries: Sequence[dict[str, Any]]) -> Catalog:
    """Make one catalog of all databases, each a schema of its own."""
    names = {(entry["db"], entry["table"].lower()): entry["table"] for entry in entries}
    return Catalog("sqlite", tuple(_table(entry, names) for entry in entries))


def _table(entry: dict[str, Any], names: dict[tuple[str, str], str]) -> Table:
    database = entry["db"]
    keys = tuple(
        ForeignKey((key["column"],), f"{database}.{other}", (key["key"],))
        for key in entry["foreign_keys"]
        if (other := names.get((database, key["references"].lower())))
    )
    columns = tuple(Column(name, "", "other") for name in entry["columns"])
    return Table(database, entry["table"], columns, foreign_keys=keys)


@dataclass
class Pool:
    """The map in memory: the same lanes as the library's, the vectors without a database."""

    embedder: Embedder
    schema: SchemaMap

    def __post_init__(self) -> None:
        tables = self.schema.catalog.tables
        numbers = {table.full_name: number for number, table in enumerate(tables)}
        passages = list(write_passages(self.schema))
        vectors = self.embedder.embed([passage.text for passage in passages])
        of_table = [number for number, passage in enumerate(passages) if passage.column is None]
        of_column = [number for number, passage in enumerate(passages) if passage.column is not None]
        self.tables: Vectors = vectors[of_table]
        self.columns: Vectors = vectors[of_column]
        self.owners = [numbers[passages[number].table] for number in of_column]
        self.widths = [len(table.columns) for table in tables]
        self.lexical = LexicalIndex([write_document(table, self.schema) for table in tables])
        self.edges = edges_between(find_neighbours(self.schema.catalog))

    def rank(self, question: str) -> list[int]:
        """Order all tables of the pool for a question."""
        words = content_words(question)
        vector = self.embedder.embed([" ".join(words)])[0]
        tables, columns = self.tables @ vector, self.columns @ vector
        near = {int(n): float(tables[n]) for n in (-tables).argsort()[:TABLES_NEAR]}
        hits = [(self.owners[n], float(columns[n])) for n in (-columns).argsort()[:COLUMNS_NEAR]]
        lanes = [
            self.lexical.score(stem(word) for word in words),
            table_lane(near, len(self.widths)),
            column_lane(hits, self.widths),
        ]
        return order(fuse(lanes, self.edges))


def measure(pool: Pool, gold: Sequence[dict[str, Any]], cuts: Sequence[int]) -> dict[str, Any]:
    """Give the share of questions with all gold tables in the first k, the mean recall, and the time."""
    names = [f"{table.schema}.{table.name}".lower() for table in pool.schema.catalog]
    whole: dict[int, list[bool]] = {k: [] for k in cuts}
    recall: dict[int, list[float]] = {k: [] for k in cuts}
    times = []
    for entry in gold:
        started = time.perf_counter()
        ranked = pool.rank(entry["question"])
        times.append((time.perf_counter() - started) * 1_000)
        wanted = {f"{entry['db']}.{table}".lower() for table in entry["gold_tables"]}
        for k in cuts:
            found = wanted & {names[number] for number in ranked[:k]}
            whole[k].append(found == wanted)
            recall[k].append(len(found) / max(len(wanted), 1))
    return {
        "all_gold": {str(k): round(statistics.mean(whole[k]), 4) for k in cuts},
        "mean_recall": {str(k): round(statistics.mean(recall[k]), 4) for k in cuts},
        "ms": {
            "p50": round(statistics.median(times), 2),
            "p99": round(sorted(times)[len(times) * 99 // 100], 2),
        },
    }


def main() -> None:
    """Read the files, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--k", default="5,15")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    catalog = read_catalog(json.loads(given.catalog.read_text()))
    pool = Pool(WordLlamaEmbedder(), SchemaMap("pool", 1, catalog))
    figures = measure(pool, json.loads(given.gold.read_text()), [int(k) for k in given.k.split(",")])
    if given.json:
        print(json.dumps(figures))
    else:
        for name, values in figures.items():
            print(f"{name:12} " + "  ".join(f"{key} {value}" for key, value in values.items()))


if __name__ == "__main__":
    main()
