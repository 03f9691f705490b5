"""Catalog reader based on SQLAlchemy's inspector, one schema at a time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Inspector, inspect
from sqlalchemy import types as sql
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import SQLAlchemyError

from store.catalog import Catalog, Column, ColumnKind, Dialect, ForeignKey, Table

# System schemas.
_SYSTEM_SCHEMAS = frozenset(
    {"information_schema", "pg_catalog", "mysql", "performance_schema", "sys", "system"}
)
_KIND_BY_SQL_TYPE: tuple[tuple[type[sql.TypeEngine[Any]], ColumnKind], ...] = (
    (sql.Boolean, "boolean"),
    (sql.Integer, "integer"),
    (sql.Numeric, "number"),
    (sql.DateTime, "timestamp"),
    (sql.Date, "date"),
    (sql.Time, "time"),
    (sql.Interval, "interval"),
    (sql.JSON, "json"),
    (sql.LargeBinary, "binary"),
    (sql.String, "text"),
)
# Subclasses first: a datetime is a date, a bool an int.
_KIND_BY_PYTHON_TYPE: tuple[tuple[tuple[type, ...], ColumnKind], ...] = (
    ((bool,), "boolean"),
    ((int,), "integer"),
    ((int, float, Decimal), "number"),
    ((datetime,), "timestamp"),
    ((date,), "date"),
    ((time,), "time"),
    ((timedelta,), "interval"),
    ((dict, list), "json"),
    ((bytes,), "binary"),
    ((str,), "text"),
)
_Reflection = Mapping[tuple[str | None, str], Any]


def read_catalog(connection: Connection, dialect: Dialect) -> Catalog:
    """Read all tables and views visible to the user; in SQLite, tables have no schema."""
    inspector = inspect(connection)
    default_schema = inspector.default_schema_name
    schemas: Sequence[str | None] = [None]
    if dialect != "sqlite":
        schemas = [name for name in inspector.get_schema_names() if name.lower() not in _SYSTEM_SCHEMAS]
    tables = [table for schema in schemas for table in _tables(inspector, schema)]
    return Catalog(dialect, tuple(tables), None if dialect == "sqlite" else default_schema)


def _tables(inspector: Inspector, schema: str | None) -> Iterator[Table]:
    of_schema = {"schema": schema, "kind": ObjectKind.ANY}
    columns: _Reflection = inspector.get_multi_columns(**of_schema)  # type: ignore[arg-type]  # a dictionary of keyword arguments
    views = set(inspector.get_view_names(schema))
    primary_keys = _reflect(inspector, "get_multi_pk_constraint", of_schema)
    foreign_keys = _reflect(inspector, "get_multi_foreign_keys", of_schema)
    unique = _reflect(inspector, "get_multi_unique_constraints", of_schema)
    comments = _reflect(inspector, "get_multi_table_comment", of_schema)
    indexes = _reflect(inspector, "get_multi_indexes", of_schema)
    for key, column_rows in columns.items():
        yield Table(
            schema=schema,
            name=key[1],
            columns=tuple(_column(row) for row in column_rows),
            primary_key=tuple((primary_keys.get(key) or {}).get("constrained_columns") or ()),
            foreign_keys=tuple(
                _foreign_key(schema, row) for row in foreign_keys.get(key) or () if row["referred_columns"]
            ),
            unique=tuple(tuple(row["column_names"]) for row in unique.get(key) or ()),
            comment=(comments.get(key) or {}).get("text"),
            is_view=key[1] in views,
            indexes=tuple(
                tuple(row["column_names"])
                for row in indexes.get(key) or ()
                if None not in row["column_names"]
            ),
        )


def _reflect(inspector: Inspector, method: str, of_schema: Mapping[str, Any]) -> _Reflection:
    """Call a reflection method; empty if the engine does not support it."""
    try:
        reflection: _Reflection = dict(getattr(inspector, method)(**of_schema))
    except (NotImplementedError, SQLAlchemyError):
        return {}
    return reflection


def _column(row: Mapping[str, Any]) -> Column:
    type_ = row["type"]
    computed = row.get("computed")
    return Column(
        row["name"],
        _type_name(type_),
        next((kind for sql_type, kind in _KIND_BY_SQL_TYPE if isinstance(type_, sql_type)), "other"),
        bool(row.get("nullable", True)),
        row.get("comment"),
        default=computed["sqltext"] if computed else row.get("default"),
        generated=computed is not None,
        labels=tuple(type_.enums) if isinstance(type_, sql.Enum) else (),
    )


def _type_name(type_: sql.TypeEngine[Any]) -> str:
    try:
        return str(type_)
    except (NotImplementedError, SQLAlchemyError):
        return type(type_).__name__


def _foreign_key(schema: str | None, row: Mapping[str, Any]) -> ForeignKey:
    referred_schema = row.get("referred_schema") or schema
    name = row["referred_table"]
    full_name = f"{referred_schema}.{name}" if referred_schema else name
    return ForeignKey(tuple(row["constrained_columns"]), full_name, tuple(row["referred_columns"]))


def kind_of_python_values(values: Sequence[Any]) -> ColumnKind:
    """Return the kind that all non-NULL values share: drivers report result types inconsistently."""
    python_types = {type(value) for value in values if value is not None}
    return next(
        (kind for types, kind in _KIND_BY_PYTHON_TYPE if python_types and python_types <= set(types)), "other"
    )
