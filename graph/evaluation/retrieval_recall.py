"""What a question is shown of its own database: the tables, columns and values that its right answer uses."""

import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.evaluation.datasets import Conversation
from graph.evaluation.gold_queries import Gold, read_gold
from schema_docs.embedding.embedder import Embedder
from schema_docs.search.results import Found
from schema_docs.sync.in_memory import UnkeptMap, draw_unkept
from store.progress import Progress
from store.targets.sqlite.target import SqliteTarget


@dataclass(frozen=True, slots=True)
class Miss:
    """Something a question needed and was not shown."""

    kind: str
    database: str
    question: str
    names: tuple[str, ...]


@dataclass
class ContextTally:
    """Counts what was shown of what was needed."""

    found: defaultdict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    misses: list[Miss] = field(default_factory=list)

    def add(self, database: str, question: str, gold: Gold, shown: Found) -> None:
        """Compare one question's pages and values with what its query uses."""
        for kind, lost in _lost(gold, shown):
            self.found[kind].append(not lost)
            if lost:
                self.misses.append(Miss(kind, database, question, tuple(lost)))

    def figures(self) -> dict[str, Any]:
        """Give the share of questions shown all tables and columns they need, and of literals found."""
        shares = {kind: round(statistics.mean(found), 4) for kind, found in self.found.items()}
        return {**shares, "questions": len(self.found["tables"]), "of_literals": len(self.found["literals"])}


async def measure_context(
    conversations: Sequence[Conversation],
    files: Mapping[str, Path],
    embedder: Embedder,
    budget_tokens: int,
    progress: Progress,
) -> ContextTally:
    """Look at each database and show what its questions would be shown. Raises `TargetUnavailable`."""
    tally = ContextTally()
    maps: dict[str, UnkeptMap] = {}
    for done, conversation in enumerate(conversations):
        progress("Searching", done, len(conversations))
        name = conversation.database
        if name not in maps:
            maps[name] = await _draw(name, files[name], embedder)
        drawn = maps[name]
        for known in conversation.turns:
            gold = read_gold(known.sql, drawn.atlas.schema.catalog)
            if gold is not None:
                tally.add(name, known.question, gold, drawn.show(known.question, budget_tokens))
    progress("Searching", len(conversations), len(conversations))
    return tally


async def _draw(name: str, path: Path, embedder: Embedder) -> UnkeptMap:
    target = SqliteTarget(path)
    try:
        return await draw_unkept(name, target, embedder)
    finally:
        await target.close()


def _lost(gold: Gold, shown: Found) -> Iterator[tuple[str, list[str]]]:
    """For each thing that counts, what of it was not shown."""
    text = {page.table.lower(): page.text.lower() for page in shown.pages}
    yield "tables", sorted(name for name in gold.tables if name not in text)
    yield (
        "columns",
        sorted(f"{table}.{name}" for table, name in gold.columns if not _names(text.get(table, ""), name)),
    )
    hits = {(hit.table.lower(), hit.column.lower(), hit.value.lower()) for hit in shown.values}
    for table, column, value in sorted(gold.literals):
        yield "literals", [] if (table, column, value.lower()) in hits else [f"{table}.{column} = {value!r}"]


def _names(page: str, column: str) -> bool:
    """Tell whether a page names the column, and not only another one it is a part of."""
    return re.search(rf"(?:^- |\(|, |: ){re.escape(column)}(?=[ ,)]|$)", page, re.MULTILINE) is not None
