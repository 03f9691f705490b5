"""`querent ask`."""

from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from graph.compose import Service, open_service
from graph.settings import Settings
from transport.answered import Answered
from transport.auth import ASKER
from transport.client import Client, RefusedByService, Unreachable
from transport.commands.shell import FAILED, err, out, print_json, read_settings, run, showing_progress
from transport.frames import encode_event

MOST_SHOWN = 20


def ask_command(
    question: Annotated[str, typer.Argument(help="What you want to know, in plain words.")],
    conversation: Annotated[
        UUID | None, typer.Option("--conversation", "-c", help="Follow up on this conversation.")
    ] = None,
    database: Annotated[str | None, typer.Option("--database", "-d", help="Which database to ask.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask a question: of the running server, or right here when none is up."""
    settings = read_settings("ERROR")
    heard = run(lambda: _ask(settings, question, conversation, database))
    if as_json:
        print_json(heard.as_json())
    else:
        _show(heard)
    if heard.error is not None:
        raise typer.Exit(FAILED)


async def _ask(
    settings: Settings, question: str, conversation: UUID | None, database: str | None
) -> Answered:
    token = settings.token.get_secret_value() if settings.token else None
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    client = Client(f"http://{host}:{settings.port}", token)
    if await _is_up(client):
        return await _ask_server(client, question, conversation, database)
    with showing_progress() as progress:
        async with open_service(settings, progress) as service:
            return await _ask_here(service, question, conversation, database)


async def _is_up(client: Client) -> bool:
    try:
        return (await client.health()).get("service") == "querent"
    except (Unreachable, RefusedByService):
        return False


async def _ask_server(
    client: Client, question: str, conversation: UUID | None, database: str | None
) -> Answered:
    thread = str(conversation) if conversation else await client.begin(database)
    heard = Answered(thread, question)
    async for event in client.ask(thread, question):
        heard.hear(event)
    return heard


async def _ask_here(
    service: Service, question: str, conversation: UUID | None, database: str | None
) -> Answered:
    if conversation is None:
        chosen = await service.parts.choose_database(database)
        conversation = (await service.conversations.create(ASKER, chosen)).id
    else:
        await service.conversations.find(ASKER, conversation)
    since = await service.runner.last_seq(conversation)
    run_begun = await service.runner.start(ASKER, conversation, question)
    heard = Answered(str(conversation), question)
    async with aclosing(service.runner.watch(ASKER, conversation, since)) as pages:
        async for page in pages:
            ours = (event for event in page if event.run_id == run_begun.id)
            if any([heard.hear(encode_event(event)) for event in ours]):
                break
    return heard


def _show(heard: Answered) -> None:
    """Print the answer for a person."""
    if heard.error is not None:
        err.print(heard.error["message"], style="red", markup=False)
    if heard.answer:
        out.print(heard.answer, markup=False)
    if heard.interrupt is not None:
        _show_interrupt(heard.interrupt)
    if len(heard.rows) > 1 or len(heard.columns) > 1:
        out.print(_table(heard))
    if heard.sql:
        out.print(heard.sql, style="dim", markup=False)
    for suggestion in heard.suggestions:
        out.print(f"  → {suggestion}", style="dim", markup=False)
    out.print(f"querent ask --conversation {heard.conversation} …", style="dim", markup=False)


def _show_interrupt(interrupt: dict[str, Any]) -> None:
    out.print(interrupt.get("question") or interrupt.get("reason"), markup=False)
    for choice in interrupt.get("choices", ()):
        out.print(f"  • {choice}", markup=False)


def _table(heard: Answered) -> Table:
    table = Table(*heard.columns)
    for row in heard.rows[:MOST_SHOWN]:
        table.add_row(*("" if value is None else str(value) for value in row))
    left = len(heard.rows) - MOST_SHOWN
    if left > 0:
        table.caption = f"and {left} more rows"
    return table
