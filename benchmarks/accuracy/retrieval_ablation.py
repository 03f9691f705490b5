"""Ablation of schema retrieval: measure it with each signal left out.

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
# The customary constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).
_RRF = 60
NO_EDGES: Edges = np.zeros((2, 0), dtype=np.intp)
Rank = Callable[[dict[str, Scores], Edges], Sequence[int]]


def full_ranking(signals: dict[str, Scores], edges: Edges) -> list[int]:
    """Rank as the retriever does."""
    return sort_by_score(fuse_scores(list(signals.values()), edges))


def without_signals(*names: str) -> Rank:
    """Return a ranking without some signals."""
    return lambda signals, edges: sort_by_score(
        fuse_scores([signals[name] for name in signals if name not in names], edges)
    )


def without_neighbours(signals: dict[str, Scores], edges: Edges) -> list[int]:
    """Rank without the scores of neighbouring tables."""
    return sort_by_score(fuse_scores(list(signals.values()), NO_EDGES))


def reciprocal_rank_fusion(signals: dict[str, Scores], edges: Edges) -> list[int]:
    """Rank by reciprocal ranks in place of standardized scores; neighbours share as before."""
    fused = np.zeros_like(signals["words"])
    for scores in signals.values():
        for place, number in enumerate(sort_by_score(scores), 1):
            fused[number] += 1 / (_RRF + place)
    return sort_by_score(fuse_scores([fused], edges))


PARTS: dict[str, Rank] = {
    "all of it": full_ranking,
    "without full text": without_signals("words"),
    "without the table's vector": without_signals("table"),
    "without the columns' vectors": without_signals("columns"),
    "without any vector": without_signals("table", "columns"),
    "only the table's vector": without_signals("words", "columns"),
    "without the neighbours' share": without_neighbours,
    "reciprocal ranks instead of scores": reciprocal_rank_fusion,
}


def measure(schema_map: InMemoryMap, questions: Sequence[TableQuestion], rank: Rank) -> dict[int, float]:
    """Measure the share of questions with all their gold tables among the first."""
    names = [f"{table.schema}.{table.name}".lower() for table in schema_map.loaded_map.schema.catalog]
    hits = {cut: 0 for cut in CUTS}
    for question in questions:
        signals = dict(
            score_tables(
                question.question, schema_map.loaded_map, schema_map.nearest_passages(question.question)
            ).signals
        )
        ranked = [names[number] for number in rank(signals, schema_map.loaded_map.edges)[: max(CUTS)]]
        for cut in CUTS:
            hits[cut] += question.tables <= set(ranked[:cut])
    return {cut: hits[cut] / len(questions) for cut in CUTS}


def main() -> None:
    """Read the files, measure every part, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    questions = read_table_questions(options.gold)
    schema_map = load_in_memory_map(SchemaMap("pool", 1, read_catalog(options.catalog)), WordLlamaEmbedder())
    figures = {name: measure(schema_map, questions, rank) for name, rank in PARTS.items()}
    # Full-text search without abbreviation matching.
    schema_map.loaded_map.lexical._abbreviations.clear()
    figures["without shortened words"] = measure(schema_map, questions, full_ranking)
    if options.json:
        print(json.dumps(figures))
        return
    for name, shares in figures.items():
        print(f"{name:36}" + "".join(f"{share:8.1%}" for share in shares.values()))


if __name__ == "__main__":
    main()
