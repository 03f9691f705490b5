"""Measure a search of the map with each of its parts left out.

    python -m benchmarks.accuracy.retrieval_ablation --catalog catalog.json --gold gold.json [--json]

The files are those of `querent eval retrieval`; the figures are the share of questions with all their tables
among the first 5 and the first 15.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from graph.evaluation.retrieval_benchmark import TableQuestion, read_catalog, read_table_questions
from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.schema_map import SchemaMap
from schema_docs.search.ranking import Edges, Scores, fuse_scores, sort_by_score
from schema_docs.search.table_selection import score_tables
from schema_docs.sync.in_memory import InMemoryMap, load_in_memory_map

CUTS = (5, 15)
# What reciprocal rank fusion is customarily softened by (Cormack, Clarke and Büttcher 2009).
_RRF = 60
NOBODY: Edges = np.zeros((2, 0), dtype=np.intp)
Rank = Callable[[dict[str, Scores], Edges], Sequence[int]]


def whole(lanes: dict[str, Scores], edges: Edges) -> list[int]:
    """Rank as the product does."""
    return sort_by_score(fuse_scores(list(lanes.values()), edges))


def without(*names: str) -> Rank:
    """Rank without some lanes."""
    return lambda lanes, edges: sort_by_score(
        fuse_scores([lanes[name] for name in lanes if name not in names], edges)
    )


def alone(lanes: dict[str, Scores], edges: Edges) -> list[int]:
    """Rank without what neighbours say."""
    return sort_by_score(fuse_scores(list(lanes.values()), NOBODY))


def by_ranks(lanes: dict[str, Scores], edges: Edges) -> list[int]:
    """Rank by reciprocal ranks in place of standardized scores; neighbours share as before."""
    fused = np.zeros_like(lanes["words"])
    for scores in lanes.values():
        for place, number in enumerate(sort_by_score(scores), 1):
            fused[number] += 1 / (_RRF + place)
    return sort_by_score(fuse_scores([fused], edges))


PARTS: dict[str, Rank] = {
    "all of it": whole,
    "without full text": without("words"),
    "without the table's vector": without("table"),
    "without the columns' vectors": without("columns"),
    "without any vector": without("table", "columns"),
    "only the table's vector": without("words", "columns"),
    "without the neighbours' share": alone,
    "reciprocal ranks instead of scores": by_ranks,
}


def measure(known: InMemoryMap, needed: Sequence[TableQuestion], rank: Rank) -> dict[int, float]:
    """Give the share of questions with all they need among the first."""
    names = [f"{table.schema}.{table.name}".lower() for table in known.loaded_map.schema.catalog]
    hits = {cut: 0 for cut in CUTS}
    for each in needed:
        lanes = dict(
            score_tables(each.question, known.loaded_map, known.nearest_passages(each.question)).signals
        )
        ranked = [names[number] for number in rank(lanes, known.loaded_map.edges)[: max(CUTS)]]
        for cut in CUTS:
            hits[cut] += each.tables <= set(ranked[:cut])
    return {cut: hits[cut] / len(needed) for cut in CUTS}


def main() -> None:
    """Read the files, measure every part, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    needed = read_table_questions(given.gold)
    known = load_in_memory_map(SchemaMap("pool", 1, read_catalog(given.catalog)), WordLlamaEmbedder())
    figures = {name: measure(known, needed, rank) for name, rank in PARTS.items()}
    # Full text then takes no word for another one shortened.
    known.loaded_map.lexical._abbreviations.clear()
    figures["without shortened words"] = measure(known, needed, whole)
    if given.json:
        print(json.dumps(figures))
        return
    for name, shares in figures.items():
        print(f"{name:36}" + "".join(f"{share:8.1%}" for share in shares.values()))


if __name__ == "__main__":
    main()
