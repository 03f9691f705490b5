"""Whether somebody may be shown an example: it names nothing hidden, and gives no hidden value away."""

from sqlglot import exp

from schema_docs.skeleton import tree_of
from store.access import Access
from store.catalog import Catalog, Table
from store.visible import shows_values


def shows_example(sql: str, whole: Catalog, seen: Catalog, access: Access) -> bool:
    """Say whether all tables and columns of a query are `seen`, and its texts and numbers may be told.

    The `whole` catalog is what rules are about. What cannot be read is not shown.
    """
    tree = tree_of(sql, whole.dialect)
    if tree is None:
        return False
    tables = _tables(tree, whole)
    shown = [seen.table(table.full_name) for table in tables if table is not None]
    if len(shown) < len(tables) or any(table is None for table in shown):
        return False
    pairs = [(table, part) for table, part in zip(tables, shown, strict=True) if table and part]
    if any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)) and any(
        len(table.columns) > len(part.columns) for table, part in pairs
    ):
        return False
    named = {column.name.casefold() for column in tree.find_all(exp.Column)}
    # Of two columns of one name in several tables, the query may mean either: both must be allowed.
    used = [
        (table, part, column)
        for table, part in pairs
        for column in table.columns
        if column.name.casefold() in named
    ]
    if any(part.column(column.name) is None for _, part, column in used):
        return False
    if tree.find(exp.Literal) is None:
        return True
    return all(shows_values(whole, access, table, column) for table, _, column in used)


def _tables(tree: exp.Expr, whole: Catalog) -> list[Table | None]:
    """Give the tables a query names; None for one that is not in the catalog, and none for its own."""
    own = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    named = [table for table in tree.find_all(exp.Table) if table.db or table.name.casefold() not in own]
    return [_table(table, whole) for table in named]


def _table(table: exp.Table, whole: Catalog) -> Table | None:
    name = f"{table.db}.{table.name}" if table.db else table.name
    if found := whole.table(name):
        return found
    folded = [each for each in whole if name.casefold() in {each.full_name.casefold(), each.name.casefold()}]
    return folded[0] if len(folded) == 1 else None
