"""What parts of a tree are, whatever their names mean."""

from collections.abc import Iterator

from sqlglot import exp


def direct_sources(node: exp.Expr) -> Iterator[exp.Expr]:
    """What a SELECT, or something with joins behind it, reads from."""
    if node.args.get("from_"):
        yield node.args["from_"].this
    for join in node.args.get("joins") or ():
        yield join.this
    yield from node.args.get("laterals") or ()


def is_source(node: exp.Expr) -> bool:
    """Brackets around a table, or around something with a name, are around what is read from."""
    if isinstance(node, exp.Subquery):
        return bool(node.alias) or is_source(node.this)
    return isinstance(node, exp.Table)


def first_branch(node: exp.Expr) -> exp.Expr:
    """The query that names the columns of a UNION."""
    while isinstance(node, exp.SetOperation):
        node = node.this
    return node


def numbered_columns(values: exp.Values) -> tuple[str, ...]:
    """VALUES without names: `column1` in PostgreSQL and SQLite, `col0` in DuckDB, `column_0` in MySQL."""
    row = values.expressions[0] if values.expressions else None
    width = len(row.expressions) if isinstance(row, exp.Tuple) else 1
    return tuple(f"{prefix}{place}" for place in range(width + 1) for prefix in ("column", "col", "column_"))
