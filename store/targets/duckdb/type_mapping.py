"""What a DuckDB type means, by its spelling."""

from store.catalog import ColumnKind

# The first word of a type, without what stands in brackets behind it.
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
MOMENT = "TIMESTAMP WITH TIME ZONE"


def kind_of_type(type_name: str) -> ColumnKind:
    """Say what a column of this type holds; lists, structs and maps are shown as JSON."""
    if type_name.endswith("]") or type_name.startswith(_NESTED):
        return "json"
    return _KINDS.get(type_name.partition("(")[0].partition(" ")[0], "other")


def as_selected(position: int, type_name: str) -> str:
    """Write the column at this position (from 1) so that Python can hold its values without loss.

    A month is no number of days, and a moment comes as UTC.
    """
    if type_name == MOMENT:
        return f"#{position} AT TIME ZONE 'UTC'"
    if "INTERVAL" in type_name or "WITH TIME ZONE" in type_name:
        return f"CAST(#{position} AS VARCHAR)"
    return f"#{position}"
