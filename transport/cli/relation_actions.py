"""`querent map relations`."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Console

from graph.compose import Parts, open_parts
from graph.settings import Settings
from schema_docs.notes.dbt_tests import NO_RELATIONSHIP
from schema_docs.notes.files import NotesFile, put_over
from schema_docs.schema_map import SchemaMap
from store.catalog import ForeignKey
from store.connections.connections import Connection
from transport.cli.progress import showing
from transport.cli.runtime import Unusable
from transport.cli.service import opened

# What is decided here is a file of notes like any other: it has a history, and can be undone.
DECISIONS = "querent-relations.yml"


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody says of a column that seems to point at another, both as `table.column`."""

    column: str
    other: str
    verdict: Literal["confirm", "refuse"]


async def list_all(settings: Settings, database: str | None, console: Console) -> list[dict[str, Any]]:
    """Give all relationships, declared and guessed."""
    async with opened(open_parts, settings, console) as parts:
        schema = await parts.library.schema(await parts.choose_database(database))
        return [
            *(_told(table.full_name, key, False) for table in schema.catalog for key in table.foreign_keys),
            *(_told(table, key, True) for table, keys in schema.guesses.items() for key in keys),
        ]


async def decide(
    settings: Settings, decision: Decision, database: str | None, console: Console
) -> dict[str, Any]:
    """Write a decision down, and draw the map with it. Raises `Unusable` where a column does not exist."""
    async with opened(open_parts, settings, console) as parts:
        connection = await parts.connections.find(await parts.choose_database(database))
        schema = await parts.library.schema(connection.name)
        ours, theirs = _place(decision.column, schema), _place(decision.other, schema)
        files = [NotesFile(file.name, file.text) for file in await parts.note_sets.current(connection.id)]
        text = _written(files, ours, theirs, decision.verdict)
        await _put(parts, connection, put_over(files, [NotesFile(DECISIONS, text)]), console)
        return {"database": connection.name, "column": ".".join(ours), "other": ".".join(theirs)}


async def _put(parts: Parts, connection: Connection, files: tuple[NotesFile, ...], console: Console) -> None:
    with showing(console, f"Looking at {connection.name}") as progress:
        await parts.survey(connection.name, progress, notes=files)


def _place(name: str, schema: SchemaMap) -> tuple[str, str]:
    owner, _, column = name.rpartition(".")
    table = schema.catalog.table(owner) if owner else None
    if table is None or table.column(column) is None:
        raise Unusable(f"There is no column {name}; write table.column as the map names it.")
    return table.full_name, column


def _written(files: list[NotesFile], ours: tuple[str, str], theirs: tuple[str, str], verdict: str) -> str:
    """Put a decision beside the earlier ones; of two about one pair, the later counts."""
    before = next((file.text for file in files if file.name == DECISIONS), '{"models": []}')
    try:
        models = json.loads(before)["models"]
        kept = [model for model in models if not _is_about(model, ours, theirs)]
    except (ValueError, LookupError, TypeError) as error:
        raise Unusable(f"{DECISIONS} was changed by hand, and cannot be added to.") from error
    test = "relationships" if verdict == "confirm" else NO_RELATIONSHIP
    stated = {test: {"to": theirs[0], "field": theirs[1]}}
    kept.append({"name": ours[0], "columns": [{"name": ours[1], "tests": [stated]}]})
    return json.dumps({"models": kept}, indent=1, ensure_ascii=False)


def _is_about(model: Any, ours: tuple[str, str], theirs: tuple[str, str]) -> bool:
    (column,) = model["columns"]
    ((test,),) = [list(each.values()) for each in column["tests"]]
    return (model["name"], column["name"]) == ours and (test["to"], test["field"]) == theirs


def _told(table: str, key: ForeignKey, guessed: bool) -> dict[str, Any]:
    return {
        "column": f"{table}.{', '.join(key.columns)}",
        "other": f"{key.other_table}.{', '.join(key.other_columns)}",
        "guessed": guessed,
    }
