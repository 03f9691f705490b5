"""Documentation generator: write the parts of the documentation that are derived from code (`make docs`).

`.env.example` and `transport/protocol/schemas/` are generated as whole files. In Markdown, the text between
`<!-- generated: NAME -->` and `<!-- end -->` is generated.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import fill
from typing import Any, cast

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from typer.main import get_command

from graph.build import build_graph
from graph.nodes import Nodes
from graph.settings import Settings
from scripts import protocol_tables, rest_tables
from scripts.markdown import table
from transport.cli.main import app
from transport.protocol.schema import SCHEMA_DIR, render_schema_files
from transport.settings import ServerSettings

ROOT = Path(__file__).parent.parent
MARKED = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
COMMENT_WIDTH = 100


def env_example() -> str:
    """Render `.env.example`: every setting with its default and description, commented out."""
    parts = ["# Copy to .env and uncomment the settings to change. The values shown are the defaults.\n"]
    for name, field in _settings():
        comment = fill(description(field), COMMENT_WIDTH, initial_indent="# ", subsequent_indent="# ")
        parts.append(f"\n{comment}\n#{variable(name)}={default(field)}\n")
    return "".join(parts)


def settings_table() -> str:
    """Render the table of settings."""
    rows = [(f"`{variable(name)}`", _default_cell(field), description(field)) for name, field in _settings()]
    return table(("Setting", "Default", "Description"), rows)


def graph_edges() -> str:
    """Render the possible successors of each node of the graph, as LangGraph draws them."""
    # Drawing does not call any node, so the nodes need no components.
    drawing = build_graph(Nodes.__new__(Nodes), None).get_graph()
    successors: dict[str, list[str]] = {}
    for edge in drawing.edges:
        successors.setdefault(edge.source, []).append(edge.target)
    rows = [
        (_node_name(source), ", ".join(_node_name(target) for target in sorted(targets)))
        for source, targets in sorted(successors.items(), key=lambda item: list(drawing.nodes).index(item[0]))
    ]
    return table(("Node", "Possible next nodes"), rows)


def command_line() -> str:
    """Render the table of CLI commands."""
    rows = [(f"`querent {usage}`", text) for usage, text in _commands(get_command(app), "")]
    return table(("Command", "Description"), rows)


SECTIONS: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "command-line": command_line,
    "graph-edges": graph_edges,
    "commands": protocol_tables.commands,
    "channels": protocol_tables.channels,
    "custom-events": protocol_tables.custom_events,
    "error-codes": protocol_tables.error_codes,
    "run-error-codes": protocol_tables.run_error_codes,
    "routes": rest_tables.routes,
}


def pages() -> list[Path]:
    """List all Markdown pages of the documentation."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def render(text: str) -> str:
    """Replace the generated sections of a page."""
    return MARKED.sub(lambda match: match[1] + SECTIONS[match["name"]]() + match[3], text)


def variable(name: str) -> str:
    """Build the environment variable of a setting."""
    return f"{Settings.model_config['env_prefix']}{name}".upper()


def description(field: FieldInfo) -> str:
    """Get the description of a setting as one line."""
    return " ".join((field.description or "").split())


def default(field: FieldInfo) -> str:
    """Format the default of a setting as in `.env`; empty if it has none."""
    match field.default:
        case None | SecretStr():
            return ""
        case value:
            return str(value)


def _settings() -> Iterator[tuple[str, FieldInfo]]:
    yield from ServerSettings.model_fields.items()
    yield from Settings.model_fields.items()


def _default_cell(field: FieldInfo) -> str:
    return f"`{default(field)}`" if default(field) else "–"


def _node_name(node: str) -> str:
    return {"__start__": "(start)", "__end__": "(end)"}.get(node, f"`{node}`")


def _commands(command: Any, path: str) -> Iterator[tuple[str, str]]:
    """Walk the command tree. Typer's copy of click is untyped: a group has commands, a command has params."""
    if hasattr(command, "commands"):
        for name, subcommand in cast(dict[str, Any], command.commands).items():
            yield from _commands(subcommand, f"{path} {name}")
        return
    arguments = [part for part in command.params if part.param_type_name == "argument"]
    usage = "".join(
        f" {part.name.upper()}" if part.required else f" [{part.name.upper()}]" for part in arguments
    )
    yield path.strip() + usage, " ".join((command.help or "").split("\n\n")[0].split())


def main() -> None:
    """Write all generated files and sections."""
    for name, text in render_schema_files().items():
        (SCHEMA_DIR / name).write_text(text, encoding="utf-8")
    (ROOT / ".env.example").write_text(env_example(), encoding="utf-8")
    for path in pages():
        path.write_text(render(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
