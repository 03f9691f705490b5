"""The catalog of any database, as SQLAlchemy's inspector tells it, a schema at a time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Inspector, inspect
from sqlalchemy import types as sql
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import SQLAlchemyError

from store.catalog import Catalog, Column, ColumnKind, Dialect, ForeignKey, Table

# Schemas that engines keep about themselves.
_SYSTEM = frozenset({"information_schema", "pg_catalog", "mysql", "performance_schema", "sys", "system"})
_KINDS: tuple[tuple[type[sql.TypeEngine[Any]], ColumnKind], ...] = (
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
# A datetime is a date too, and True an integer: the narrower type stands first.
_VALUES: tuple[tuple[tuple[type, ...], ColumnKind], ...] = (
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
_Found = Mapping[tuple[str | None, str], Any]


def read_catalog(connection: Connection, dialect: Dialect) -> Catalog:
    """Read what the user may see. Without schemas (SQLite), tables have none."""
    inspector = inspect(connection)
    home = inspector.default_schema_name
    schemas: Sequence[str | None] = [None]
    if dialect != "sqlite":
        schemas = [name for name in inspector.get_schema_names() if name.lower() not in _SYSTEM]
    tables = [table for schema in schemas for table in _tables(inspector, schema)]
    return Catalog(dialect, tuple(tables), None if dialect == "sqlite" else home)


def _tables(inspector: Inspector, schema: str | None) -> Iterator[Table]:
    of_schema = {"schema": schema, "kind": ObjectKind.ANY}
    columns: _Found = inspector.get_multi_columns(**of_schema)  # type: ignore[arg-type]  # as it says
    views = set(inspector.get_view_names(schema))
    keys = _asked(inspector, "get_multi_pk_constraint", of_schema)
    foreign = _asked(inspector, "get_multi_foreign_keys", of_schema)
    unique = _asked(inspector, "get_multi_unique_constraints", of_schema)
    comments = _asked(inspector, "get_multi_table_comment", of_schema)
    indexes = _asked(inspector, "get_multi_indexes", of_schema)
    for place, told in columns.items():
        found = foreign.get(place) or ()
        yield Table(
            schema=schema,
            name=place[1],
            columns=tuple(_column(each) for each in told),
            primary_key=tuple((keys.get(place) or {}).get("constrained_columns") or ()),
            foreign_keys=tuple(_key(schema, each) for each in found if each["referred_columns"]),
            unique=tuple(tuple(each["column_names"]) for each in unique.get(place) or ()),
            comment=(comments.get(place) or {}).get("text"),
            is_view=place[1] in views,
            indexes=tuple(
                tuple(each["column_names"])
                for each in indexes.get(place) or ()
                if None not in each["column_names"]
            ),
        )


def _asked(inspector: Inspector, what: str, of_schema: Mapping[str, Any]) -> _Found:
    """Many engines know of no keys or comments; then there are none."""
    try:
        found: _Found = dict(getattr(inspector, what)(**of_schema))
    except (NotImplementedError, SQLAlchemyError):
        return {}
    return found


def _column(told: Mapping[str, Any]) -> Column:
    type_ = told["type"]
    computed = told.get("computed")
    return Column(
        told["name"],
        _spelling(type_),
        next((kind for sort, kind in _KINDS if isinstance(type_, sort)), "other"),
        bool(told.get("nullable", True)),
        told.get("comment"),
        default=computed["sqltext"] if computed else told.get("default"),
        generated=computed is not None,
        labels=tuple(type_.enums) if isinstance(type_, sql.Enum) else (),
    )


def _spelling(type_: sql.TypeEngine[Any]) -> str:
    try:
        return str(type_)
    except (NotImplementedError, SQLAlchemyError):
        return type(type_).__name__


def _key(schema: str | None, told: Mapping[str, Any]) -> ForeignKey:
    other = told.get("referred_schema") or schema
    name = told["referred_table"]
    full_name = f"{other}.{name}" if other else name
    return ForeignKey(tuple(told["constrained_columns"]), full_name, tuple(told["referred_columns"]))


def kind_of_python(values: Sequence[Any]) -> ColumnKind:
    """Say what the values of a column are, NULLs aside: drivers tell types in as many ways as there are."""
    present = {type(value) for value in values if value is not None}
    return next((kind for types, kind in _VALUES if present and present <= set(types)), "other")
