"""`querent ask`."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.prompt import Prompt
from rich.status import Status
from rich.table import Table
from rich.text import Text

from agent.charts.rendering import Format, draw
from graph.settings import Settings
from transport.auth.authentication import token_of
from transport.cli.runtime import Unusable
from transport.cli.service import opened
from transport.client.client import Client, Event, Unreachable
from transport.client.run_result import Answer

MOST_SHOWN = 20
EVERYWHERE = frozenset({"", "0.0.0.0", "::"})
DOING = {
    "analyze": "Understanding the question",
    "retrieve": "Looking at the map",
    "generate": "Writing a query",
    "validate": "Checking the query",
    "execute": "Running the query",
    "answer": "Putting the answer into words",
}


class Askable(Protocol):
    """Who can be asked, near or far."""

    async def begin(self, database: str | None = None) -> str:
        """Begin a conversation."""
        ...

    def ask(self, thread: str, question: str) -> AsyncIterator[Event]:
        """Put a question."""
        ...

    def respond(self, thread: str, interrupt: str, response: Any) -> AsyncIterator[Event]:
        """Answer what was asked back."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed."""

    question: str
    conversation: str | None
    database: str | None
    # Nobody is there to be asked back.
    alone: bool


async def ask(settings: Settings, asked: Asked, console: Console) -> Answer:
    """Ask the server that is up, or a service opened for this question alone."""
    async with _somebody(settings, console) as somebody:
        thread = asked.conversation or await somebody.begin(asked.database)
        answer = Answer(thread, asked.question)
        await _listen(somebody.ask(thread, asked.question), answer, console)
        while answer.interrupt is not None and not asked.alone:
            response = _ask_back(answer.interrupt, console)
            events = somebody.respond(thread, answer.interrupt["interrupt_id"], response)
            await _listen(events, answer, console)
        return answer


@asynccontextmanager
async def _somebody(settings: Settings, console: Console) -> AsyncIterator[Askable]:
    client = Client(address_of(settings), token_of(settings))
    if await _is_up(client):
        yield client
        return
    # Only who has no server to ask pays for what one needs.
    from graph.compose import open_service  # noqa: PLC0415
    from transport.client.in_process import Within  # noqa: PLC0415

    async with opened(open_service, settings, console) as service:
        yield Within(service)


async def _is_up(client: Client) -> bool:
    try:
        return (await client.health()).get("service") == "querent"
    except Unreachable:
        return False


def address_of(settings: Settings) -> str:
    """Say where a server with these settings would be found from this machine."""
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


async def _listen(events: AsyncIterator[Event], answer: Answer, console: Console) -> None:
    """Take in what comes; on a terminal, say meanwhile what is being done."""
    with Status("Asking", console=console) as status:
        async for event in events:
            answer.take(event)
            match event:
                case {"method": "custom", "params": {"data": {"name": "step", "payload": {"node": node}}}}:
                    status.update(DOING[node])


def _ask_back(interrupt: dict[str, Any], console: Console) -> Any:
    if interrupt["kind"] == "clarify":
        console.print(Text(interrupt["question"]))
        for number, choice in enumerate(interrupt["choices"], 1):
            console.print(Text(f"  {number}  {choice}"))
        said = Prompt.ask("A number, or other words", console=console)
        numbers = {str(number): choice for number, choice in enumerate(interrupt["choices"], 1)}
        return numbers.get(said.strip(), said)
    console.print(Text(f"{interrupt['reason']}\n\n{interrupt['sql']}\n"))
    run = Prompt.ask("Run it?", choices=["yes", "no"], default="no", console=console)
    return {"decision": "approve" if run == "yes" else "refuse"}


def show_as_json(answer: Answer) -> None:
    """Print one JSON object, in UTF-8 wherever it goes; what has no UTF-8 as JSON's own escapes."""
    told = json.dumps(asdict(answer), ensure_ascii=False)
    sys.stdout.buffer.write(told.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.flush()


def show(answer: Answer, console: Console) -> None:
    """Print an answer for a person."""
    asked_back = answer.interrupt or {}
    failure = (answer.error or {}).get("message")
    for words in (failure, answer.answer, asked_back.get("question") or asked_back.get("reason")):
        if words:
            _say(words, console)
    for choice in asked_back.get("choices", ()):
        _say(f"  • {choice}", console)
    if len(answer.rows) > 1 or len(answer.columns) > 1:
        console.print(_table_of(answer))
        if left := _left_out(answer):
            _say(left, console)
    if sql := answer.sql or asked_back.get("sql"):
        _say(f"\n{sql}", console, "dim")
    for suggestion in answer.suggestions:
        _say(f"  › {suggestion}", console, "dim")
    _say(f"--conversation {answer.conversation}", console, "dim")


def _say(words: str, console: Console, style: str = "") -> None:
    # Text, for brackets are no markup here; whole lines, for who copies them.
    console.print(Text(words, style=style), soft_wrap=True)


def _table_of(answer: Answer) -> Table:
    table = Table(*answer.columns)
    for row in answer.rows[:MOST_SHOWN]:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    return table


def _left_out(answer: Answer) -> str:
    """Say how many rows are not shown; where the result itself was cut off, nobody knows."""
    left = len(answer.rows) - MOST_SHOWN
    if answer.truncated:
        return "and more"
    return f"and {left} more" if left > 0 else ""


KINDS: dict[str, Format] = {".svg": "svg", ".png": "png"}
NO_CHART = "This answer makes no chart, so no file was written."


def check_chart(path: Path) -> None:
    """Say before asking what could not be written afterwards. Raises `Unusable`."""
    if path.suffix.lower() not in KINDS:
        raise Unusable(f"{path}: a chart is written as .svg or .png.")
    if not path.parent.is_dir():
        raise Unusable(f"{path}: there is no such folder.")


async def save_chart(answer: Answer, path: Path, console: Console) -> None:
    """Draw an answer's chart into a file; where it has none, say so. Raises `Unusable`."""
    if answer.chart is None:
        console.print(Text(NO_CHART))
        return
    picture = await draw(answer.chart, KINDS[path.suffix.lower()])
    try:
        await asyncio.to_thread(path.write_bytes, picture)
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}.") from error
