"""Retrieval recall: whether schema retrieval returns the tables, columns and values of each gold query."""

import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from graph.evaluation.datasets import Dialogue
from schema_docs.embedding.embedder import Embedder
from schema_docs.search.results import SearchResult
from schema_docs.sync.in_memory import InMemoryMap, build_in_memory_map
from store.catalog import Catalog
from store.progress import Progress
from store.targets.sqlite.target import SqliteTarget

ColumnNames = dict[str, set[str]]


@dataclass(frozen=True)
class GoldQuery:
    """Names used by a gold query, in lower case; `literals` are (table, column, text) of equalities."""

    tables: frozenset[str]
    columns: frozenset[tuple[str, str]]
    literals: frozenset[tuple[str, str, str]]


def parse_gold_query(sql: str, catalog: Catalog) -> GoldQuery | None:
    """Extract the names that a query uses; None if it cannot be parsed."""
    column_names = {
        table.name.lower(): {column.name.lower() for column in table.columns} for table in catalog
    }
    try:
        tree = sqlglot.parse_one(sql, dialect=catalog.dialect)
    except SqlglotError:
        return None
    aliases = {table.alias_or_name.lower(): table.name.lower() for table in tree.find_all(exp.Table)}
    columns = {
        place
        for column in tree.find_all(exp.Column)
        for place in _resolve_column(column, aliases, column_names)
    }
    literals = {
        (*place, text)
        for equal in tree.find_all(exp.EQ)
        if isinstance(equal.left, exp.Column) and (text := _text_literal(equal.right, aliases, column_names))
        for place in _resolve_column(equal.left, aliases, column_names)
    }
    return GoldQuery(
        frozenset(aliases.values()) & column_names.keys(), frozenset(columns), frozenset(literals)
    )


def _resolve_column(
    column: exp.Column, aliases: dict[str, str], column_names: ColumnNames
) -> Iterator[tuple[str, str]]:
    """Resolve a column to (table, name); an unqualified column needs exactly one table that has it."""
    name = column.name.lower()
    tables = {aliases.get(column.table.lower(), "")} if column.table else set(aliases.values())
    owners = [table for table in tables if name in column_names.get(table, ())]
    if len(owners) == 1:
        yield owners[0], name


def _text_literal(expression: exp.Expr, aliases: dict[str, str], column_names: ColumnNames) -> str | None:
    """Extract a text literal; SQLite reads a double-quoted name as text if no such column exists."""
    if isinstance(expression, exp.Literal) and expression.is_string:
        return str(expression.this)
    if (
        isinstance(expression, exp.Column)
        and expression.this.quoted
        and not [*_resolve_column(expression, aliases, column_names)]
    ):
        return expression.name
    return None


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
