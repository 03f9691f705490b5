"""`querent ask`: ask one question, print the result, save its chart."""

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

from agent.charts.vega_lite import ImageFormat, render_chart
from graph.settings import Settings
from transport.cli.runtime import UsageError, open_with_progress
from transport.client.client import Client, Event, RunResult, ServiceUnreachable
from transport.settings import ServerSettings

MAX_ROWS_SHOWN = 20
WILDCARD_HOSTS = frozenset({"", "0.0.0.0", "::"})
STEP_LABELS = {
    "analyze": "Understanding the question",
    "retrieve": "Searching the schema",
    "generate": "Writing the query",
    "validate": "Checking the query",
    "execute": "Running the query",
    "answer": "Writing the answer",
}


class QuestionClient(Protocol):
    """Client that asks questions, of a server or in process."""

    async def create_thread(self, database: str | None = None) -> str:
        """Create a conversation."""
        ...

    def ask(self, thread: str, question: str) -> AsyncIterator[Event]:
        """Ask a question."""
        ...

    def respond(self, thread: str, interrupt: str, response: Any) -> AsyncIterator[Event]:
        """Respond to an interrupt."""
        ...


@dataclass(frozen=True, slots=True)
class AskOptions:
    """Question and its options. Without `is_interactive`, interrupts are not answered."""

    question: str
    conversation: str | None
    database: str | None
    is_interactive: bool


async def ask_question(
    settings: Settings, server_settings: ServerSettings, options: AskOptions, console: Console
) -> RunResult:
    """Ask the running server, or a service that is opened for this question."""
    async with _open_client(settings, server_settings, console) as client:
        thread = options.conversation or await client.create_thread(options.database)
        result = RunResult(thread, options.question)
        await _apply_events(client.ask(thread, options.question), result, console)
        while result.interrupt is not None and options.is_interactive:
            response = _prompt(result.interrupt, console)
            events = client.respond(thread, result.interrupt["interrupt_id"], response)
            await _apply_events(events, result, console)
        return result


@asynccontextmanager
async def _open_client(
    settings: Settings, server_settings: ServerSettings, console: Console
) -> AsyncIterator[QuestionClient]:
    client = Client(address_of(server_settings), server_settings.bearer_token)
    if await _is_running(client):
        yield client
        return
    # Imported only when there is no server: this takes most of a second.
    from graph.compose import open_service  # noqa: PLC0415
    from transport.client.in_process import InProcessClient  # noqa: PLC0415

    async with open_with_progress(open_service, settings, console) as service:
        yield InProcessClient(service)


async def _is_running(client: Client) -> bool:
    try:
        return (await client.health()).get("service") == "querent"
    except ServiceUnreachable:
        return False


def address_of(settings: ServerSettings) -> str:
    """Return the URL at which a server with these settings is reachable from this machine."""
    host = "127.0.0.1" if settings.host in WILDCARD_HOSTS else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


async def _apply_events(events: AsyncIterator[Event], result: RunResult, console: Console) -> None:
    """Apply the events of a run to its result, showing the current step on a terminal."""
    with Status("Asking", console=console) as status:
        async for event in events:
            result.apply(event)
            match event:
                case {"method": "custom", "params": {"data": {"name": "step", "payload": {"node": node}}}}:
                    status.update(STEP_LABELS[node])


def _prompt(interrupt: dict[str, Any], console: Console) -> Any:
    """Ask the user for the response to an interrupt."""
    if interrupt["kind"] == "clarify":
        console.print(Text(interrupt["question"]))
        for number, choice in enumerate(interrupt["choices"], 1):
            console.print(Text(f"  {number}  {choice}"))
        reply = Prompt.ask("Number, or your own words", console=console)
        choices = {str(number): choice for number, choice in enumerate(interrupt["choices"], 1)}
        return choices.get(reply.strip(), reply)
    console.print(Text(f"{interrupt['reason']}\n\n{interrupt['sql']}\n"))
    decision = Prompt.ask("Run it?", choices=["yes", "no"], default="no", console=console)
    return {"decision": "approve" if decision == "yes" else "refuse"}


def print_result_as_json(result: RunResult) -> None:
    """Print a result as one JSON object in UTF-8; lone surrogates are escaped."""
    text = json.dumps(asdict(result), ensure_ascii=False)
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.flush()


def print_result(result: RunResult, console: Console) -> None:
    """Print a result for people."""
    interrupt = result.interrupt or {}
    error = (result.error or {}).get("message")
    for text in (error, result.answer, interrupt.get("question") or interrupt.get("reason")):
        if text:
            _print_text(text, console)
    for choice in interrupt.get("choices", ()):
        _print_text(f"  • {choice}", console)
    if len(result.rows) > 1 or len(result.columns) > 1:
        console.print(_table(result))
        if remainder := _remainder(result):
            _print_text(remainder, console)
    if sql := result.sql or interrupt.get("sql"):
        _print_text(f"\n{sql}", console, "dim")
    for suggestion in result.suggestions:
        _print_text(f"  › {suggestion}", console, "dim")
    _print_text(f"--conversation {result.conversation}", console, "dim")


def _print_text(text: str, console: Console, style: str = "") -> None:
    # As `Text`, brackets are not parsed as markup; unwrapped lines can be copied.
    console.print(Text(text, style=style), soft_wrap=True)


def _table(result: RunResult) -> Table:
    table = Table(*result.columns)
    for row in result.rows[:MAX_ROWS_SHOWN]:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    return table


def _remainder(result: RunResult) -> str:
    """Describe the rows that are not shown; of a truncated result, their number is unknown."""
    remaining = len(result.rows) - MAX_ROWS_SHOWN
    if result.truncated:
        return "and more"
    return f"and {remaining} more" if remaining > 0 else ""


IMAGE_FORMATS: dict[str, ImageFormat] = {".svg": "svg", ".png": "png"}
NO_CHART = "This answer has no chart; no file was written."


def check_chart_path(path: Path) -> None:
    """Check the path of a chart before the question is asked. Raises `UsageError`."""
    if path.suffix.lower() not in IMAGE_FORMATS:
        raise UsageError(f"{path}: a chart can be saved as .svg or .png.")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: the folder does not exist.")


async def save_chart(result: RunResult, path: Path, console: Console) -> None:
    """Render the chart of a result into a file, if it has one. Raises `UsageError`."""
    if result.chart is None:
        console.print(Text(NO_CHART))
        return
    image = await render_chart(result.chart, IMAGE_FORMATS[path.suffix.lower()])
    try:
        await asyncio.to_thread(path.write_bytes, image)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.") from error
