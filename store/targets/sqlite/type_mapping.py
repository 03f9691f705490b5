"""What a SQLite column means: by its declared type, or, in a result, by what it holds."""

import re
from collections.abc import Sequence
from typing import Any

from store.catalog import ColumnKind

# In this order: SQLite itself takes any type with INT in its name for an integer.
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
    """Read the kind out of a declared type, as loosely as SQLite does."""
    upper = type_name.upper()
    return next((kind for word, kind in _BY_DECLARATION if word in upper), "other")


def kind_of_values(values: Sequence[Any]) -> ColumnKind:
    """Say what all values of a column are, NULLs aside: SQLite does not tell the type of a result."""
    present = [value for value in values if value is not None]
    types = {type(value) for value in present}
    if types == {int}:
        return "integer"
    if types and types <= {int, float}:
        return "number"
    if types == {bytes}:
        return "binary"
    return _kind_of_texts(present) if types == {str} else "other"


def _kind_of_texts(texts: Sequence[str]) -> ColumnKind:
    if all(_DATE.fullmatch(text) for text in texts):
        return "date"
    if all(_TIMESTAMP.fullmatch(text) for text in texts):
        return "timestamp"
    return "text"
