"""`querent map` and `querent connections`."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from graph.admin.schema_sync import as_plain
from graph.compose import Parts, open_parts
from graph.settings import Settings
from schema_docs.documents.table_document import count_tokens
from schema_docs.sync.sync import SyncReport
from store.connections.connections import Connection
from store.connections.encryption import changed_key
from store.targets.address import Address
from transport.cli.progress import showing
from transport.cli.runtime import Unusable
from transport.cli.service import opened


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for in a map; `explain` asks for the ranking too."""

    question: str
    database: str | None
    budget_tokens: int
    explain: bool


async def find(settings: Settings, search: Search, console: Console) -> dict[str, Any]:
    """Show what the map has to say to a question."""
    async with opened(open_parts, settings, console) as parts:
        name = await parts.choose_database(search.database)
        found = await parts.library.find(search.question, name, search.budget_tokens)
        plain = {"database": name, **asdict(found)}
        if search.explain:
            told = await parts.library.tell(search.question, name, search.budget_tokens)
            plain["ranking"] = [asdict(each) for each in told]
        return plain


async def page(settings: Settings, table: str, database: str | None, console: Console) -> dict[str, Any]:
    """Give the page of a table. Raises `Unusable` where there is none of this name."""
    async with opened(open_parts, settings, console) as parts:
        name = await parts.choose_database(database)
        found = await parts.library.page(table, name)
        if found is None:
            raise Unusable(f"The map of {name} has no table {table!r}.")
        return {"database": name, **asdict(found), "tokens": count_tokens(found.text)}


def shown(found: dict[str, Any]) -> Iterator[str]:
    """Print pages and values as an analyst gets them."""
    for page in found["pages"]:
        yield f"{page['text']}\n"
    for value in found["values"]:
        yield f"{value['words']!r}: {value['table']}.{value['column']} = {value['value']!r}"


def explained(found: dict[str, Any]) -> Iterator[str]:
    """Print the ranking with its reasons, values and joins."""
    for each in found["ranking"]:
        places = [f"{name} {place}" for name, place in each["places"].items()]
        values = [f"values +{each['values']:.1f}"] if each["values"] else []
        place = "–" if each["place"] is None else str(each["place"])
        left_out = "" if each["shown"] else " [no room]"
        yield f"{place:>3}  {each['why']}  ({', '.join([*places, *values]) or 'joins'}){left_out}"
    for value in found["values"]:
        where = f"{value['table']}.{value['column']} = {value['value']!r}"
        yield f"     {value['words']!r} is {where} ({value['score']:.2f})"
    for join in found["joins"]:
        key = join["key"]
        yield f"     {join['table']} ({', '.join(key['columns'])}) -> {key['other_table']}"
    yield f"     {len(found['pages'])} tables in {found['tokens']} tokens, map {found['version']}"


@dataclass(frozen=True, slots=True)
class Wish:
    """A connection that somebody wants."""

    name: str
    address: Address
    description: str
    tells_values: bool = True


async def add(settings: Settings, wish: Wish, console: Console) -> SyncReport:
    """Try a connection, keep it and draw its map; keep nothing when the database does not answer."""
    async with opened(open_parts, settings, console) as parts:
        await parts.targets.try_out(wish.address)
        await parts.connections.add(wish.name, wish.address, wish.description, tells_values=wish.tells_values)
        try:
            return await _survey(parts, wish.name, console)
        except BaseException:
            await parts.connections.remove(wish.name)
            raise


async def change(settings: Settings, name: str, tells_values: bool, console: Console) -> SyncReport:
    """Say whether values of a database may be told, and bring its map in line with that."""
    async with opened(open_parts, settings, console) as parts:
        await parts.connections.change(name, tells_values=tells_values)
        return await _survey(parts, name, console)


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


async def change_key(settings: Settings, console: Console) -> int:
    """Put a new master key in force, and wrap the key of each connection with it; count them.

    Raises `Unusable` where the environment holds the key, and no new one.
    """
    given = settings.secret_key
    if given is not None and len(given.get_secret_value().replace(",", " ").split()) < 2:
        raise Unusable("QUERENT_SECRET_KEY must hold the new key and, behind it, the one from before.")
    async with opened(open_parts, settings, console) as parts:
        with changed_key(settings.data) if given is None else nullcontext():
            return await parts.connections.rewrap()


def in_words(report: SyncReport | Mapping[str, Any]) -> str:
    """Put a report into words; `report` may be as it was kept."""
    told = as_plain(report) if isinstance(report, SyncReport) else report
    change = "new" if told["changed"] else "unchanged"
    size = f"{told['tables']} tables, {told['columns']} columns, {told['values']} values"
    line = f"map {told['version']} ({change}): {size}, in {told['seconds']:.1f} s"
    # Of a first map everything is new; that need not be said.
    drift = [told["drift_in_words"]] if told["changed"] and told["version"] > 1 else []
    return "\n  ".join((line, *_index_in_words(told), *drift, *told["problems"]))


def _index_in_words(told: Mapping[str, Any]) -> Iterator[str]:
    """Say what it took to make the map searchable; reports from before that was told say nothing of it."""
    if told.get("index_bytes"):
        size, took, learnt = told["index_bytes"] / 1e6, told["index_seconds"], told["embedding_seconds"]
        yield f"index: {size:.1f} MB, {took:.1f} s; vectors and keys: {learnt:.1f} s"


async def _survey(parts: Parts, name: str, console: Console) -> SyncReport:
    with showing(console, f"Looking at {name}") as progress:
        return await parts.survey(name, progress)
