"""Where the house's own text is found."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("agent", "graph", "schema_docs", "store", "transport")
UNWRITTEN = {"__pycache__"}
PICTURES = {".png", ".jpg", ".ico", ".woff2", ".pyc"}
# At the front door; everything else there (lock files, caches, a log somebody left) is nobody's writing.
DOOR = ("*.md", "*.toml", "*.json", "Makefile", "LICENSE", ".gitignore", ".env.example")


def modules(*folders: str) -> list[Path]:
    """Give every Python file in these folders of the house."""
    return [path for path in _files(*folders) if path.suffix == ".py"]


def papers() -> list[Path]:
    """Give every file of text that a person wrote."""
    inside = [path for path in _files(*ROOMS, "tests", "scripts", ".ci") if path.suffix not in PICTURES]
    return inside + [path for pattern in DOOR for path in sorted(ROOT.glob(pattern))]


def parsed(path: Path) -> ast.Module:
    """Read a module as Python does."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name(path: Path) -> str:
    """Say where a file is, seen from the front door."""
    return str(path.relative_to(ROOT))


def _files(*folders: str) -> list[Path]:
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*")))
    return [path for path in found if path.is_file() and not UNWRITTEN & set(path.parts)]
