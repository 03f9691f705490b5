"""`querent map sync`."""

from rich.console import Console

from graph.admin.schema_sync import SyncDesk, open_desk
from graph.compose import open_parts, timetable_of
from graph.settings import Settings
from store.maps.syncs import Sync
from transport.cli.progress import showing
from transport.cli.service import opened


async def sync(settings: Settings, name: str | None, console: Console, *, full: bool) -> list[Sync]:
    """Bring one map, or all of them, up to date, and wait for it.

    It is done by this process or by a server that is up, whoever is first; one that is under way already is
    waited for. Left half-way, it goes on in whichever process works next.
    """
    async with (
        opened(open_parts, settings, console) as parts,
        open_desk(parts.database, parts.survey, timetable_of(settings, parts)) as desk,
        desk.working(),
    ):
        names = [name] if name else [connection.name for connection in await parts.connections.all()]
        asked = [await desk.ask(each, full=full) for each in names]
        return [await _wait_for(each, desk, console) for each in asked]


async def cancel(settings: Settings, name: str, console: Console) -> Sync:
    """Stop the sync of a map, wherever it is being done."""
    async with (
        opened(open_parts, settings, console) as parts,
        open_desk(parts.database, parts.survey, timetable_of(settings, parts)) as desk,
    ):
        stopped = await desk.cancel(name)
        async for told in desk.follow(stopped.id):
            stopped = told
        return stopped


async def _wait_for(asked: Sync, desk: SyncDesk, console: Console) -> Sync:
    """Show how far it gets."""
    latest = asked
    with showing(console, f"Looking at {asked.connection}") as progress:
        async for latest in desk.follow(asked.id):
            if latest.task is not None:
                progress(latest.task, latest.done, latest.total)
    return latest
