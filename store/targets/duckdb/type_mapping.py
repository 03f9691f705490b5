"""Mapping of DuckDB types to column kinds."""

from store.catalog import ColumnKind

# By the first word of the type, without parameters.
_KINDS: dict[str, ColumnKind] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "BIGNUM"), "integer"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
    **dict.fromkeys(("DECIMAL", "FLOAT", "DOUBLE"), "number"),
    **dict.fromkeys(("VARCHAR", "ENUM"), "text"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "timestamp"),
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "INTERVAL": "interval",
    "JSON": "json",
    "BLOB": "binary",
}
_NESTED = ("STRUCT", "MAP", "UNION")
TIMESTAMPTZ = "TIMESTAMP WITH TIME ZONE"


def kind_of_type(type_name: str) -> ColumnKind:
    """Return the kind of a type; lists, structs and maps are presented as JSON."""
    if type_name.endswith("]") or type_name.startswith(_NESTED):
        return "json"
    return _KINDS.get(type_name.partition("(")[0].partition(" ")[0], "other")


def select_expression(position: int, type_name: str) -> str:
    """Return the SQL expression that selects the column at this position (from 1) without loss in Python.

    Intervals become text, since a month is not a number of days; timestamps with time zone become UTC.
    """
    if type_name == TIMESTAMPTZ:
        return f"#{position} AT TIME ZONE 'UTC'"
    if "INTERVAL" in type_name or "WITH TIME ZONE" in type_name:
        return f"CAST(#{position} AS VARCHAR)"
    return f"#{position}"
