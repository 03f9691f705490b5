"""`querent ask --chart`."""

import asyncio
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agent.charts.drawing import Format, draw
from transport.answer import Answer
from transport.commands.setting_up import Unusable

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
