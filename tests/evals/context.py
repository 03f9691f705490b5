"""Measure what a question is shown of its own database: tables, columns, and the values it names.

    python -m tests.evals.context --questions dev.jsonl --databases FOLDER [--budget 1500] [--json] [--misses]

Questions are lines of {"db", "question", "sql"} (SQLite), databases are files FOLDER/DB.sqlite.
"""

import argparse
import asyncio
import json
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from schema_docs.atlas import Atlas, open_atlas
from schema_docs.embedder import Embedder, WordLlamaEmbedder
from schema_docs.found import Found
from schema_docs.looking import look_at
from schema_docs.schema_map import SchemaMap
from schema_docs.showing import show_all, show_best
from schema_docs.survey import keep_silent
from schema_docs.values import match_values
from store.targets.sqlite import SqliteTarget
from tests.evals.memory import HEAD, embed_map, find_near


@dataclass(frozen=True)
class Gold:
    """What the right query uses, in lower case. `literals` are texts compared with a column by equality."""

    tables: frozenset[str]
    columns: frozenset[tuple[str, str]]
    literals: frozenset[tuple[str, str, str]]


def read_gold(sql: str, atlas: Atlas) -> Gold | None:
    """Take a query apart; None where it cannot be read."""
    known = {
        table.name.lower(): {column.name.lower() for column in table.columns}
        for table in atlas.schema.catalog
    }
    try:
        tree = sqlglot.parse_one(sql, dialect="sqlite")
    except SqlglotError:
        return None
    uses = {table.alias_or_name.lower(): table.name.lower() for table in tree.find_all(exp.Table)}
    columns = {place for column in tree.find_all(exp.Column) for place in _places(column, uses, known)}
    literals = {
        (*place, text)
        for equal in tree.find_all(exp.EQ)
        if isinstance(equal.left, exp.Column) and (text := _text(equal.right, uses, known))
        for place in _places(equal.left, uses, known)
    }
    return Gold(frozenset(uses.values()) & known.keys(), frozenset(columns), frozenset(literals))


Known = dict[str, set[str]]


def _places(column: exp.Column, uses: dict[str, str], known: Known) -> Iterator[tuple[str, str]]:
    """Give the column's table and name; where no table is written, the only used one that has it."""
    name = column.name.lower()
    tables = {uses.get(column.table.lower(), "")} if column.table else set(uses.values())
    having = [table for table in tables if name in known.get(table, ())]
    if len(having) == 1:
        yield having[0], name


def _text(value: exp.Expr, uses: dict[str, str], known: Known) -> str | None:
    """Give a text; SQLite takes a name in double quotes for one where there is no such column."""
    if isinstance(value, exp.Literal) and value.is_string:
        return str(value.this)
    if isinstance(value, exp.Column) and value.this.quoted and not [*_places(value, uses, known)]:
        return value.name
    return None


async def open_database(path: Path, embedder: Embedder) -> Atlas:
    """Look at a file and open its map."""
    target = SqliteTarget(path)
    try:
        found = await look_at(target, (), keep_silent)
    finally:
        await target.close()
    schema = SchemaMap(path.stem, 1, found.catalog, {}, found.profiles)
    values = [
        (table, column or "", value) for (table, column), many in found.values.items() for value in many
    ]
    return open_atlas(HEAD, schema, values, embed_map(schema, embedder))


def show(question: str, atlas: Atlas, embedder: Embedder, budget_tokens: int) -> Found:
    """Show what the product would."""
    values = match_values(question, atlas.values or ())
    if atlas.tokens <= budget_tokens:
        return show_all(question, atlas, values)
    return show_best(question, atlas, find_near(question, atlas, embedder), values, budget_tokens)


class Tally:
    """Counts what was found of what was needed."""

    def __init__(self, *, misses: bool) -> None:
        self.whole: defaultdict[str, list[bool]] = defaultdict(list)
        self._misses = misses

    def add(self, entry: dict[str, Any], gold: Gold, found: Found) -> None:
        """Compare one question's pages and values with its gold."""
        text = {page.table.lower(): page.text.lower() for page in found.pages}
        lost = [name for name in gold.tables if name not in text]
        self._note("tables", entry, lost)
        unseen = [f"{table}.{name}" for table, name in gold.columns if not _names(text.get(table, ""), name)]
        self._note("columns", entry, unseen)
        hits = {(hit.table.lower(), hit.column.lower(), hit.value.lower()) for hit in found.values}
        for table, column, value in gold.literals:
            known = (table, column, value.lower()) in hits
            self._note("literals", entry, [] if known else [f"{table}.{column}={value}"])

    def _note(self, kind: str, entry: dict[str, Any], lost: Sequence[str]) -> None:
        self.whole[kind].append(not lost)
        if lost and self._misses:
            print(f"{kind} {entry['db']}: {entry['question']} – {', '.join(lost)}")


def _names(page: str, column: str) -> bool:
    """Tell whether a page names the column, and not only another one it is a part of."""
    return re.search(rf"(?:^- |\(|, |: ){re.escape(column)}(?=[ ,)]|$)", page, re.MULTILINE) is not None


async def measure(
    entries: Sequence[dict[str, Any]], folder: Path, budget: int, *, misses: bool
) -> dict[str, float]:
    """Give the share of questions shown all they need, and of literals found."""
    embedder: Embedder = WordLlamaEmbedder()
    opened: dict[str, Atlas] = {}
    tally = Tally(misses=misses)
    for entry in entries:
        if entry["db"] not in opened:
            opened[entry["db"]] = await open_database(folder / f"{entry['db']}.sqlite", embedder)
        atlas = opened[entry["db"]]
        gold = read_gold(entry["sql"], atlas)
        if gold is not None:
            tally.add(entry, gold, show(entry["question"], atlas, embedder, budget))
    return {kind: round(statistics.mean(hits), 4) for kind, hits in tally.whole.items()}


def main() -> None:
    """Read the questions, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--databases", type=Path, required=True)
    parser.add_argument("--budget", type=int, default=1_500)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--misses", action="store_true", help="name what was not found")
    given = parser.parse_args()
    entries = [json.loads(line) for line in given.questions.read_text().splitlines()]
    figures = asyncio.run(measure(entries, given.databases, given.budget, misses=given.misses))
    print(
        json.dumps(figures) if given.json else "  ".join(f"{kind} {share}" for kind, share in figures.items())
    )


if __name__ == "__main__":
    main()
