"""Whether a query that was made of a plan can run at all."""

from sqlglot import exp


def is_sound(query: exp.Query) -> bool:
    """Say whether every SELECT shows something, and counts and sums only where rows are put together.

    Edits of a plan can leave it without columns, or sort single rows by a count: no engine takes that, and a
    person should be asked back instead.
    """
    return all(_is_sound(select) for select in query.find_all(exp.Select))


def _is_sound(select: exp.Select) -> bool:
    if not select.expressions:
        return False
    where, order = select.args.get("where"), select.args.get("order")
    if where is not None and _aggregates(where, select):
        return False
    if select.args.get("group") is not None or order is None:
        return True
    return not _aggregates(order, select) or all(_aggregates(shown, select) for shown in select.expressions)


def _aggregates(part: exp.Expr, select: exp.Select) -> bool:
    """Whether a part of a SELECT adds up its rows itself, not in a sub-query or a window."""
    return any(
        found.find_ancestor(exp.Select) is select and not isinstance(found.parent, exp.Window)
        for found in part.find_all(exp.AggFunc)
    )
