"""Which columns a query can need, by name alone: what it does not name need not be carried along."""

from sqlglot import exp

# Where these stand, columns count that are not named.
_ALL = (exp.Star, exp.Pivot, exp.Columns)


def wanted_columns(tree: exp.Expr) -> frozenset[str] | None:
    """Give the names of all columns in a query, in small letters; None where it may need any column."""
    sources = {source.alias_or_name.lower() for source in tree.find_all(exp.Table, exp.Subquery)}
    names: set[str] = set()
    for node in tree.walk():
        if isinstance(node, _ALL) and not isinstance(node.parent, exp.Count):
            return None
        if isinstance(node, exp.TableAlias) and node.columns and isinstance(node.parent, exp.Table):
            return None
        if isinstance(node, exp.Join):
            if node.method.upper() == "NATURAL":
                return None
            names |= {column.name.lower() for column in node.args.get("using") or ()}
        if isinstance(node, exp.Column):
            if not node.table and node.name.lower() in sources:
                # A whole row, or a column called like its table.
                return None
            names.add(node.name.lower())
            # DuckDB reaches into structures with the same dot.
            names.add(node.table.lower())
    return frozenset(names)
