"""Measure whether the tables a question needs are among the first ones found.

    python -m tests.evals.retrieval --catalog catalog.json --gold gold.json [--k 5,15] [--json]

The catalog is a list of {"db", "table", "columns", "foreign_keys": [{"column", "references", "key"}]}, the
gold a list of {"db", "question", "gold_tables"}. All databases are one pool.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from schema_docs.atlas import Atlas, open_atlas
from schema_docs.choosing import rank
from schema_docs.embedder import Embedder, WordLlamaEmbedder
from schema_docs.schema_map import SchemaMap
from store.catalog import Catalog, Column, ForeignKey, Table
from tests.evals.memory import HEAD, embed_map, find_near


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


def measure(
    atlas: Atlas, embedder: Embedder, gold: Sequence[dict[str, Any]], cuts: Sequence[int]
) -> dict[str, Any]:
    """Give the share of questions with all gold tables in the first k, the mean recall, and the time."""
    names = [f"{table.schema}.{table.name}".lower() for table in atlas.schema.catalog]
    whole: dict[int, list[bool]] = {k: [] for k in cuts}
    recall: dict[int, list[float]] = {k: [] for k in cuts}
    times = []
    for entry in gold:
        started = time.perf_counter()
        ranked = rank(entry["question"], atlas, find_near(entry["question"], atlas, embedder))
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
            "p99": round(statistics.quantiles(times, n=100)[98], 2),
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
    embedder = WordLlamaEmbedder()
    schema = SchemaMap("pool", 1, read_catalog(json.loads(given.catalog.read_text())))
    atlas = open_atlas(HEAD, schema, vectors=embed_map(schema, embedder))
    cuts = [int(k) for k in given.k.split(",")]
    figures = measure(atlas, embedder, json.loads(given.gold.read_text()), cuts)
    if given.json:
        print(json.dumps(figures))
        return
    for name, values in figures.items():
        print(f"{name:12} " + "  ".join(f"{key} {value}" for key, value in values.items()))


if __name__ == "__main__":
    main()
