"""`querent examples`."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from graph.compose import Parts, open_parts
from graph.settings import Settings
from schema_docs.errors import NotesUnreadable
from schema_docs.examples.files import ExamplesRead, ReadExample, read_examples
from store.connections.connections import Connection
from store.examples import NewExample, Status
from transport.cli.runtime import Unusable
from transport.cli.service import opened


@dataclass(frozen=True, slots=True)
class Wish:
    """Examples to bring in from a file; `author` and `status` for those that name none."""

    path: Path
    database: str | None
    author: str
    status: Status


async def bring(settings: Settings, wish: Wish, console: Console) -> dict[str, Any]:
    """Keep what stands up to the tables as they are; what does not is named, by its line."""
    try:
        read = await asyncio.to_thread(read_examples, wish.path, wish.author, wish.status)
    except OSError as error:
        raise Unusable(f"{wish.path}: {error.strerror or 'it cannot be read'}.") from error
    except NotesUnreadable as error:
        raise Unusable(str(error)) from error
    async with opened(open_parts, settings, console) as parts:
        return await _keep(parts, await _connection(parts, wish.database), read, wish.path.name)


async def add(
    settings: Settings, example: NewExample, database: str | None, console: Console
) -> dict[str, Any]:
    """Keep one example. Raises `Unusable` where its query may not run."""
    async with opened(open_parts, settings, console) as parts:
        read = ExamplesRead((ReadExample(example, 1),))
        told = await _keep(parts, await _connection(parts, database), read, "")
    if told["problems"]:
        raise Unusable(told["problems"][0]["reason"])
    return told


async def list_all(
    settings: Settings, status: Status | None, database: str | None, console: Console
) -> list[dict[str, Any]]:
    """Give the examples of a connection, the newest first."""
    async with opened(open_parts, settings, console) as parts:
        connection = await _connection(parts, database)
        return [asdict(each) for each in await parts.curator.examples.all(connection.id, status)]


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody says of some examples."""

    numbers: Sequence[int]
    status: Status
    reason: str = ""


async def decide(settings: Settings, decision: Decision, database: str | None, console: Console) -> None:
    """Verify some examples, or retire them. Raises `NotFound`; `Unusable` to verify what may not run."""
    async with opened(open_parts, settings, console) as parts:
        connection, examples = await _connection(parts, database), parts.curator.examples
        if decision.status == "verified":
            wanted = {each.id: each.sql for each in await examples.all(connection.id)}
            queries = {number: wanted[number] for number in decision.numbers if number in wanted}
            for number, reason in (
                await parts.curator.faults(queries, await _catalog(parts, connection))
            ).items():
                raise Unusable(f"The query of example {number} may not run: {reason}")
        for number in decision.numbers:
            await examples.decide(connection.id, number, decision.status, decision.reason)


async def find(
    settings: Settings, question: str, sql: str | None, database: str | None, console: Console
) -> list[dict[str, Any]]:
    """Give the examples that a question would be shown."""
    async with opened(open_parts, settings, console) as parts:
        connection = await _connection(parts, database)
        return [asdict(each) for each in await parts.library.examples(question, connection.name, sql)]


async def _keep(parts: Parts, connection: Connection, read: ExamplesRead, file: str) -> dict[str, Any]:
    queries = {at: each.example.sql for at, each in enumerate(read.examples)}
    faults = await parts.curator.faults(queries, await _catalog(parts, connection))
    good = [each.example for at, each in enumerate(read.examples) if at not in faults]
    added = await parts.curator.examples.add(connection.id, good)
    broken = [
        {"file": file, "line": read.examples[at].line, "reason": reason} for at, reason in faults.items()
    ]
    problems = [*(asdict(problem) for problem in read.problems), *broken]
    return {
        "database": connection.name,
        "read": len(read.examples) + len(read.problems),
        "added": added,
        "known": len(good) - added,
        "problems": sorted(problems, key=lambda problem: problem["line"]),
    }


async def _catalog(parts: Parts, connection: Connection) -> Any:
    """Give the tables as the map in force has them: they are what a query is judged by."""
    return (await parts.library.schema(connection.name)).catalog


async def _connection(parts: Parts, database: str | None) -> Connection:
    return await parts.connections.find(await parts.choose_database(database))
