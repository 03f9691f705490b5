"""Write what our papers say that is made from code: `make papers`.

`.env.example` and `transport/protocol/schemas/` are made whole. In Markdown, what lies between
`<!-- made: NAME -->` and `<!-- end -->` is.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from typer.main import get_command

from graph.build import build_graph
from graph.nodes import Nodes
from graph.settings import Settings
from scripts import protocol
from transport.cli.main import app
from transport.protocol.schema import FOLDER, described

ROOT = Path(__file__).parent.parent
MARKED = re.compile(r"(<!-- made: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def env_example() -> str:
    """Every setting with its default and what it is for, all of it commented out."""
    head = "# Copy to .env and take the # away from what you set. What is shown is the default.\n"
    return head + "".join(
        f"\n# {field.description}\n#{variable(name)}={default(field)}\n"
        for name, field in Settings.model_fields.items()
    )


def settings_table() -> str:
    """The same as a table."""
    rows = [f"| `{variable(name)}` | {_cell(field)} | {field.description} |" for name, field in _settings()]
    return "\n".join(["| setting | default | what it is for |", "|---|---|---|", *rows]) + "\n"


def journey() -> str:
    """The graph, as it draws itself."""
    # Drawing calls no node, so there is nothing for them to work with.
    graph = build_graph(Nodes.__new__(Nodes), None)
    drawing = graph.get_graph().draw_mermaid(with_styles=False)
    return f"```mermaid\n{drawing.strip()}\n```\n"


def command_line() -> str:
    """The commands, as they describe themselves."""
    rows = [f"| `querent {words}` | {promise} |" for words, promise in _commands(get_command(app), "")]
    return "\n".join(["| command | what it does |", "|---|---|", *rows]) + "\n"


MADE: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "command-line": command_line,
    "journey": journey,
    "commands": protocol.commands,
    "channels": protocol.channels,
    "events": protocol.events,
    "faults": protocol.faults,
}


def renewed(text: str) -> str:
    """The text with everything between its marks made anew."""
    return MARKED.sub(lambda found: found[1] + MADE[found["name"]]() + found[3], text)


def variable(name: str) -> str:
    """The name of a setting outside."""
    return f"{Settings.model_config['env_prefix']}{name}".upper()


def default(field: FieldInfo) -> str:
    """A default as one would write it; nothing where there is none."""
    match field.default:
        case None:
            return ""
        case SecretStr():
            return "…"
        case value:
            return str(value)


def _commands(command: Any, words: str) -> Iterator[tuple[str, str]]:
    """Typer's own copy of click has no types: a group has commands, a command has params and help."""
    if hasattr(command, "commands"):
        for name, below in command.commands.items():
            yield from _commands(below, f"{words} {name}")
        return
    given = [part for part in command.params if part.param_type_name == "argument"]
    arguments = "".join(
        f" {part.name.upper()}" if part.required else f" [{part.name.upper()}]" for part in given
    )
    yield words.strip() + arguments, " ".join((command.help or "").split("\n\n")[0].split())


def _settings() -> Iterator[tuple[str, FieldInfo]]:
    yield from Settings.model_fields.items()


def _cell(field: FieldInfo) -> str:
    return f"`{default(field)}`" if default(field) else "–"


def main() -> None:
    """Write all of it."""
    for name, text in described().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    (ROOT / ".env.example").write_text(env_example(), encoding="utf-8")
    for path in sorted(ROOT.glob("*.md")):
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
