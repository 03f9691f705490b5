"""Mapping of SQLite columns to column kinds: by declared type, or by value in a result."""

import re
from collections.abc import Sequence
from typing import Any

from store.catalog import ColumnKind

# The first match counts. SQLite itself treats any type with INT in its name as an integer.
_BY_DECLARATION: tuple[tuple[str, ColumnKind], ...] = (
    ("BOOL", "boolean"),
    ("DATETIME", "timestamp"),
    ("TIMESTAMP", "timestamp"),
    ("DATE", "date"),
    ("TIME", "time"),
    ("JSON", "json"),
    ("INT", "integer"),
    ("CHAR", "text"),
    ("CLOB", "text"),
    ("TEXT", "text"),
    ("BLOB", "binary"),
    ("REAL", "number"),
    ("FLOA", "number"),
    ("DOUB", "number"),
    ("NUM", "number"),
    ("DEC", "number"),
    ("MONEY", "number"),
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


def kind_of_declaration(type_name: str) -> ColumnKind:
    """Return the kind of a declared type, by substring as SQLite does."""
    upper = type_name.upper()
    return next((kind for word, kind in _BY_DECLARATION if word in upper), "other")


def kind_of_values(values: Sequence[Any]) -> ColumnKind:
    """Return the kind that all non-NULL values share: SQLite results carry no types."""
    non_null = [value for value in values if value is not None]
    types = {type(value) for value in non_null}
    if types == {int}:
        return "integer"
    if types and types <= {int, float}:
        return "number"
    if types == {bytes}:
        return "binary"
    return _kind_of_texts(non_null) if types == {str} else "other"


def _kind_of_texts(texts: Sequence[str]) -> ColumnKind:
    if all(_DATE.fullmatch(text) for text in texts):
        return "date"
    if all(_TIMESTAMP.fullmatch(text) for text in texts):
        return "timestamp"
    return "text"
