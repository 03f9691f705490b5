"""Catalog reader for DuckDB files: tables, columns, keys and indexes."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from store.catalog import Catalog, Column, ForeignKey, Table
from store.targets.duckdb.session import TRUSTED_ALIAS, kind_of_type

_TABLES = """
    SELECT schema_name, table_name, false, comment, estimated_size FROM duckdb_tables()
    WHERE database_name = $file AND NOT internal
    UNION ALL
    SELECT schema_name, view_name, true, comment, NULL FROM duckdb_views()
    WHERE database_name = $file AND NOT internal
    ORDER BY ALL
"""
_COLUMNS = """
    SELECT schema_name, table_name, column_name, data_type, is_nullable, comment,
        coalesce(generation_expression, column_default), is_generated
    FROM duckdb_columns() WHERE database_name = $file AND NOT internal
    ORDER BY schema_name, table_name, column_index
"""
_CONSTRAINTS = """
    SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table,
        referenced_column_names
    FROM duckdb_constraints()
    WHERE database_name = $file AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')
    ORDER BY schema_name, table_name, constraint_index
"""
# An index may contain expressions beside column names.
_INDEXES = """
    SELECT schema_name, table_name, string_split(trim(expressions, '[]'), ', ')
    FROM duckdb_indexes() WHERE database_name = $file ORDER BY schema_name, table_name, index_name
"""
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_QualifiedName = tuple[str, str]


def read_catalog(session: duckdb.DuckDBPyConnection) -> Catalog:
    """Read all tables and views of the file attached as `TRUSTED_ALIAS`."""
    columns, constraints, indexes = (_by_table(session, sql) for sql in (_COLUMNS, _CONSTRAINTS, _INDEXES))
    tables = []
    for schema, name, is_view, comment, rows in _fetch(session, _TABLES):
        key = (schema, name)
        tables.append(
            Table(
                schema=schema,
                name=name,
                columns=tuple(_column(row) for row in columns[key]),
                primary_key=next(
                    (tuple(names) for kind, names, *_ in constraints[key] if kind[0] == "P"), ()
                ),
                foreign_keys=tuple(_foreign_key(schema, row) for row in constraints[key] if row[0][0] == "F"),
                unique=tuple(tuple(names) for kind, names, *_ in constraints[key] if kind[0] == "U"),
                comment=comment,
                row_estimate=rows,
                is_view=is_view,
                indexes=tuple(tuple(part.strip("\"'") for part in parts) for (parts,) in indexes[key]),
            )
        )
    return Catalog("duckdb", tuple(tables), default_schema="main")


def _fetch(session: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return session.execute(sql, {"file": TRUSTED_ALIAS}).fetchall()


def _by_table(session: duckdb.DuckDBPyConnection, sql: str) -> Mapping[_QualifiedName, list[tuple[Any, ...]]]:
    rows: dict[_QualifiedName, list[tuple[Any, ...]]] = defaultdict(list)
    for schema, name, *rest in _fetch(session, sql):
        rows[schema, name].append(tuple(rest))
    return rows


def _column(row: Sequence[Any]) -> Column:
    name, type_name, nullable, comment, default, generated = row
    labels = _LABEL.findall(type_name) if type_name.startswith("ENUM(") else []
    return Column(
        name,
        type_name,
        kind_of_type(type_name),
        bool(nullable),
        comment,
        default=default,
        generated=bool(generated),
        labels=tuple(label.replace("''", "'") for label in labels),
    )


def _foreign_key(schema: str, row: Sequence[Any]) -> ForeignKey:
    _, columns, referenced_table, referenced_columns = row
    # A foreign key cannot reference another schema.
    return ForeignKey(tuple(columns), f"{schema}.{referenced_table}", tuple(referenced_columns))
