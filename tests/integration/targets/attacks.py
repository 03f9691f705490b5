"""The attacks that an engine is held against by itself."""

import hashlib
import json
import os
from pathlib import Path

from store.catalog import Dialect

OURS = Path(__file__).parents[2] / "guard" / "attacks.jsonl"
THEIRS = Path(os.environ.get("QUERENT_BENCH", ""), "guard", "attacks.jsonl")


def attacks(dialect: Dialect) -> list[str]:
    """All of them but those that only take time: those are for the limits."""
    text = OURS.read_text("utf-8") + (THEIRS.read_text("utf-8") if THEIRS.is_file() else "")
    lines = [json.loads(line) for line in text.splitlines()]
    slow = ("dos", "cost", "sleep")
    return [one["sql"] for one in lines if one["dialect"] == dialect and not one["class"].startswith(slow)]


def seal(folder: Path) -> dict[str, str]:
    """What is in each file of a folder, by its hash."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
