"""`querent guard check`."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

from agent.guard.check import check_lines, read_catalog
from store.catalog import Dialect
from transport.commands.setting_up import Unusable


def check(lines: Iterable[str], dialect: str, catalog: Path) -> Iterator[dict[str, Any]]:
    """Judge one query a line. Raises `Unusable` when the catalog or the dialect is none."""
    known: tuple[Dialect, ...] = get_args(Dialect)
    chosen = next((each for each in known if each == dialect), None)
    if chosen is None:
        raise Unusable(f"There is no dialect {dialect}; there are {', '.join(known)}.")
    try:
        tables = read_catalog(json.loads(catalog.read_text(encoding="utf-8")), chosen)
    except OSError as error:
        raise Unusable(f"The catalog {catalog} cannot be read.") from error
    except ValueError as error:
        raise Unusable(
            f'The catalog {catalog} must be JSON: {{"tables": [{{"name": …, "columns": [{{"name": …}}]}}]}}.'
        ) from error
    return check_lines(lines, tables)
