"""Measure the weight of the sentence vector in the embedder of the extra `local-embeddings`.

    python -m benchmarks.accuracy.embedding_weights --catalog catalog.json --questions train.jsonl [--json]

The catalog is that of `querent eval retrieval`, the questions are those of `querent eval spider`: not the
ones used for measuring. Prints the share of questions with all their tables among the first 5 and 15.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from graph.evaluation.datasets import read_dialogues
from graph.evaluation.retrieval_benchmark import TableQuestion, read_catalog, run_table_retrieval
from graph.evaluation.retrieval_recall import parse_gold_query
from schema_docs.embedding.embedder import Vectors, WordLlamaEmbedder
from schema_docs.embedding.local import SENTENCE_DIMENSIONS, SENTENCE_WEIGHT, MiniLmEmbedder
from schema_docs.search.vector_index import keep_content_words
from store.catalog import Catalog

CUTS = (5, 15)
SHARES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


class ReweightedEmbedder:
    """The extra embedder with an adjustable sentence weight; caches its vectors."""

    instant = False
    dimensions = SENTENCE_DIMENSIONS + 256

    def __init__(self, embedder: MiniLmEmbedder) -> None:
        self.share = SENTENCE_WEIGHT
        self.name = embedder.name
        self._embedder = embedder
        self._cache: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._cache]
        self._cache.update(zip(new, self._embedder.embed(new), strict=True))
        vectors = np.vstack([self._cache[text] for text in texts])
        vectors[:, :SENTENCE_DIMENSIONS] *= (self.share / SENTENCE_WEIGHT) ** 0.5
        vectors[:, SENTENCE_DIMENSIONS:] *= ((1 - self.share) / (1 - SENTENCE_WEIGHT)) ** 0.5
        return vectors


def read_gold_tables(questions: Path, pool: Catalog) -> Iterator[TableQuestion]:
    """Read the tables of each gold query."""
    for conversation in read_dialogues(questions, "questions"):
        tables_of_database = [
            replace(table, schema=None) for table in pool if table.schema == conversation.database
        ]
        catalog = replace(pool, tables=tuple(tables_of_database))
        for turn in conversation.turns:
            if gold := parse_gold_query(turn.sql, catalog):
                tables = tuple(sorted(gold.tables))
                yield TableQuestion(db=conversation.database, question=turn.question, gold_tables=tables)


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    pool = read_catalog(options.catalog)
    gold_tables = list(read_gold_tables(options.questions, pool))
    embedder = ReweightedEmbedder(MiniLmEmbedder(WordLlamaEmbedder()))
    # Embedding in one batch takes a tenth of the time.
    embedder.embed([keep_content_words(gold.question) for gold in gold_tables])
    recall_by_share = {}
    for share in SHARES:
        embedder.share = share
        figures = run_table_retrieval(pool, embedder, gold_tables, CUTS, lambda task, done, total: None)
        recall_by_share[share] = figures["all_gold"]
        if not options.json:
            shares = ", ".join(f"first {k} {value:.1%}" for k, value in figures["all_gold"].items())
            print(f"{share:.1f}  {shares}  ({len(gold_tables):,} questions)", flush=True)
    if options.json:
        print(json.dumps(recall_by_share))


if __name__ == "__main__":
    main()
