"""Allow-lists of the guard as data, one text file each."""

from functools import cache
from importlib.resources import files


@cache
def read_list(name: str) -> frozenset[str]:
    """Read one list: words separated by blanks, comments after `#`."""
    text = files("agent.guard.rules.lists").joinpath(f"{name}.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() for word in line.split("#")[0].split())
