"""What a query that is known to be right uses: tables, columns, and texts it compares with."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from store.catalog import Catalog

Names = dict[str, set[str]]


@dataclass(frozen=True)
class Gold:
    """In lower case, but for the texts. `literals` are texts compared by equality, with table and column."""

    tables: frozenset[str]
    columns: frozenset[tuple[str, str]]
    literals: frozenset[tuple[str, str, str]]


def read_gold(sql: str, catalog: Catalog) -> Gold | None:
    """Take a query apart; None where it cannot be read."""
    known = {table.name.lower(): {column.name.lower() for column in table.columns} for table in catalog}
    try:
        tree = sqlglot.parse_one(sql, dialect=catalog.dialect)
    except SqlglotError:
        return None
    uses = {table.alias_or_name.lower(): table.name.lower() for table in tree.find_all(exp.Table)}
    columns = {place for column in tree.find_all(exp.Column) for place in _places(column, uses, known)}
    literals = {
        (*place, text)
        for equal in tree.find_all(exp.EQ)
        if isinstance(equal.left, exp.Column) and (text := _text(equal.right, uses, known))
        for place in _places(equal.left, uses, known)
    }
    return Gold(frozenset(uses.values()) & known.keys(), frozenset(columns), frozenset(literals))


def _places(column: exp.Column, uses: dict[str, str], known: Names) -> Iterator[tuple[str, str]]:
    """Give the column's table and name; where no table is written, the only used one that has it."""
    name = column.name.lower()
    tables = {uses.get(column.table.lower(), "")} if column.table else set(uses.values())
    having = [table for table in tables if name in known.get(table, ())]
    if len(having) == 1:
        yield having[0], name


def _text(value: exp.Expr, uses: dict[str, str], known: Names) -> str | None:
    """Give a text; SQLite takes a name in double quotes for one where there is no such column."""
    if isinstance(value, exp.Literal) and value.is_string:
        return str(value.this)
    if isinstance(value, exp.Column) and value.this.quoted and not [*_places(value, uses, known)]:
        return value.name
    return None
