"""Gold queries: the tables, columns and text literals that a reference query uses."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from store.catalog import Catalog

ColumnNames = dict[str, set[str]]


@dataclass(frozen=True)
class GoldQuery:
    """Names used by a gold query, in lower case; `literals` are (table, column, text) of equalities."""

    tables: frozenset[str]
    columns: frozenset[tuple[str, str]]
    literals: frozenset[tuple[str, str, str]]


def parse_gold_query(sql: str, catalog: Catalog) -> GoldQuery | None:
    """Extract the names that a query uses; None if it cannot be parsed."""
    column_names = {
        table.name.lower(): {column.name.lower() for column in table.columns} for table in catalog
    }
    try:
        tree = sqlglot.parse_one(sql, dialect=catalog.dialect)
    except SqlglotError:
        return None
    aliases = {table.alias_or_name.lower(): table.name.lower() for table in tree.find_all(exp.Table)}
    columns = {
        place
        for column in tree.find_all(exp.Column)
        for place in _resolve_column(column, aliases, column_names)
    }
    literals = {
        (*place, text)
        for equal in tree.find_all(exp.EQ)
        if isinstance(equal.left, exp.Column) and (text := _text_literal(equal.right, aliases, column_names))
        for place in _resolve_column(equal.left, aliases, column_names)
    }
    return GoldQuery(
        frozenset(aliases.values()) & column_names.keys(), frozenset(columns), frozenset(literals)
    )


def _resolve_column(
    column: exp.Column, aliases: dict[str, str], column_names: ColumnNames
) -> Iterator[tuple[str, str]]:
    """Resolve a column to (table, name); an unqualified column needs exactly one table that has it."""
    name = column.name.lower()
    tables = {aliases.get(column.table.lower(), "")} if column.table else set(aliases.values())
    owners = [table for table in tables if name in column_names.get(table, ())]
    if len(owners) == 1:
        yield owners[0], name


def _text_literal(expression: exp.Expr, aliases: dict[str, str], column_names: ColumnNames) -> str | None:
    """Extract a text literal; SQLite reads a double-quoted name as text if no such column exists."""
    if isinstance(expression, exp.Literal) and expression.is_string:
        return str(expression.this)
    if (
        isinstance(expression, exp.Column)
        and expression.this.quoted
        and not [*_resolve_column(expression, aliases, column_names)]
    ):
        return expression.name
    return None
