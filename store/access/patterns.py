"""Name patterns for tables and columns: `public.*`, `orders.email`, `*.iban`, `tag:pii`."""

import re
from collections.abc import Iterable
from functools import lru_cache

TAG = "tag:"


def any_matches(
    patterns: Iterable[str], names: Iterable[str], tags: Iterable[str], *, exact: bool = False
) -> bool:
    """Return whether any pattern matches one of the names or, as `tag:…`, one of the tags.

    A star matches any text, including dots. `exact` makes the comparison case-sensitive.
    """
    names, tags = tuple(names), tuple(tags)
    return any(_matches(pattern, names, tags, exact) for pattern in patterns)


def _matches(pattern: str, names: tuple[str, ...], tags: tuple[str, ...], exact: bool) -> bool:
    if pattern.startswith(TAG):
        pattern, names = pattern.removeprefix(TAG), tags
    compiled = _compile(pattern, exact)
    return any(compiled.fullmatch(name) for name in names)


@lru_cache(maxsize=4_096)
def _compile(pattern: str, exact: bool) -> re.Pattern[str]:
    parts = (re.escape(part) for part in pattern.split("*"))
    return re.compile(".*".join(parts), re.DOTALL if exact else re.DOTALL | re.IGNORECASE)
