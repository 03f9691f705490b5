"""`querent map` and `querent connections`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from graph.compose import Parts, open_parts
from graph.settings import Settings
from graph.syncing import as_plain
from schema_docs.survey import SyncReport
from store.connections import Connection
from transport.commands.opening import opened
from transport.commands.progress import showing


async def find(settings: Settings, question: str, database: str | None, console: Console) -> dict[str, Any]:
    """Show what the map has to say to a question."""
    async with opened(open_parts, settings, console) as parts:
        name = await parts.choose_database(database)
        found = await parts.library.find(question, name)
        return {"database": name, **asdict(found)}


@dataclass(frozen=True, slots=True)
class Wish:
    """A connection that somebody wants."""

    name: str
    url: str
    description: str


async def add(settings: Settings, wish: Wish, console: Console) -> SyncReport:
    """Keep a connection and draw its map; keep nothing when the database does not answer."""
    async with opened(open_parts, settings, console) as parts:
        await parts.connections.add(wish.name, wish.url, wish.description)
        try:
            return await _survey(parts, wish.name, console)
        except BaseException:
            await parts.connections.remove(wish.name)
            raise


async def list_all(settings: Settings, console: Console) -> list[Connection]:
    """Give all connections."""
    async with opened(open_parts, settings, console) as parts:
        return await parts.connections.all()


async def count_tables(settings: Settings, name: str, console: Console) -> int:
    """Connect, and count the tables that can be seen."""
    async with opened(open_parts, settings, console) as parts:
        await parts.connections.find(name)
        target = await parts.targets.of(name)
        return len((await target.catalog()).tables)


async def remove(settings: Settings, name: str, console: Console) -> None:
    """Forget a connection with its map."""
    async with opened(open_parts, settings, console) as parts:
        await parts.connections.remove(name)


def in_words(report: SyncReport | Mapping[str, Any]) -> str:
    """Put a report into words; `report` may be as it was kept."""
    told = as_plain(report) if isinstance(report, SyncReport) else report
    change = "new" if told["changed"] else "unchanged"
    size = f"{told['tables']} tables, {told['columns']} columns, {told['values']} values"
    line = f"map {told['version']} ({change}): {size}, in {told['seconds']:.1f} s"
    # Of a first map everything is new; that need not be said.
    drift = [told["drift_in_words"]] if told["changed"] and told["version"] > 1 else []
    return "\n  ".join((line, *drift, *told["problems"]))


async def _survey(parts: Parts, name: str, console: Console) -> SyncReport:
    with showing(console, f"Looking at {name}") as progress:
        return await parts.survey(name, progress)
