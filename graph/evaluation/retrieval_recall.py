"""Retrieval recall: whether schema retrieval returns the tables, columns and values of each gold query."""

import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.evaluation.datasets import Dialogue
from graph.evaluation.gold_queries import GoldQuery, parse_gold_query
from schema_docs.embedding.embedder import Embedder
from schema_docs.search.results import SearchResult
from schema_docs.sync.in_memory import InMemoryMap, build_in_memory_map
from store.progress import Progress
from store.targets.sqlite.target import SqliteTarget


@dataclass(frozen=True, slots=True)
class RecallMiss:
    """Names of one kind that a question needed and retrieval missed."""

    kind: str
    database: str
    question: str
    names: tuple[str, ...]


@dataclass
class RecallTally:
    """Recall counter for tables, columns and literals."""

    hits: defaultdict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    misses: list[RecallMiss] = field(default_factory=list)

    def add(self, database: str, question: str, gold: GoldQuery, retrieved: SearchResult) -> None:
        """Compare the retrieved documents and values of one question with its gold query."""
        for kind, missing in _missing_names(gold, retrieved):
            self.hits[kind].append(not missing)
            if missing:
                self.misses.append(RecallMiss(kind, database, question, tuple(missing)))

    def metrics(self) -> dict[str, Any]:
        """Compute the share of questions with complete tables and columns, and of literals retrieved."""
        shares = {kind: round(statistics.mean(hits), 4) for kind, hits in self.hits.items()}
        return {**shares, "questions": len(self.hits["tables"]), "literals_total": len(self.hits["literals"])}


async def measure_recall(
    dialogues: Sequence[Dialogue],
    files: Mapping[str, Path],
    embedder: Embedder,
    budget_tokens: int,
    progress: Progress,
) -> RecallTally:
    """Map each database and retrieve for each of its questions. Raises `TargetUnavailable`."""
    tally = RecallTally()
    maps: dict[str, InMemoryMap] = {}
    for done, dialogue in enumerate(dialogues):
        progress("Searching", done, len(dialogues))
        name = dialogue.database
        if name not in maps:
            maps[name] = await _build_map(name, files[name], embedder)
        schema_map = maps[name]
        for turn in dialogue.turns:
            gold = parse_gold_query(turn.sql, schema_map.loaded_map.schema.catalog)
            if gold is not None:
                tally.add(name, turn.question, gold, schema_map.search(turn.question, budget_tokens))
    progress("Searching", len(dialogues), len(dialogues))
    return tally


async def _build_map(name: str, path: Path, embedder: Embedder) -> InMemoryMap:
    target = SqliteTarget(path)
    try:
        return await build_in_memory_map(name, target, embedder)
    finally:
        await target.close()


def _missing_names(gold: GoldQuery, retrieved: SearchResult) -> Iterator[tuple[str, list[str]]]:
    """Yield each kind of name with those that retrieval missed."""
    text = {page.table.lower(): page.text.lower() for page in retrieved.documents}
    yield "tables", sorted(name for name in gold.tables if name not in text)
    yield (
        "columns",
        sorted(
            f"{table}.{name}"
            for table, name in gold.columns
            if not _mentions_column(text.get(table, ""), name)
        ),
    )
    hits = {(hit.table.lower(), hit.column.lower(), hit.value.lower()) for hit in retrieved.values}
    for table, column, value in sorted(gold.literals):
        yield "literals", [] if (table, column, value.lower()) in hits else [f"{table}.{column} = {value!r}"]


def _mentions_column(page: str, column: str) -> bool:
    """Check whether a document contains the column name as a whole, not as part of another name."""
    return re.search(rf"(?:^- |\(|, |: ){re.escape(column)}(?=[ ,)]|$)", page, re.MULTILINE) is not None
