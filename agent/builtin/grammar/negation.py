"""Say whose rows lack something, where the question names only what is lacking."""

from dataclasses import replace

from agent.builtin.grammar.conditions import begin_absence
from agent.builtin.grammar.measures import shows_category
from agent.builtin.grammar.state import Reader
from agent.builtin.plan.model import Col, Compare, Member, Plan


def other_rows_meant(reader: Reader, table: str) -> bool:
    """Whether `table`, which was taken for the subject, is what is lacking; then the subject is set right.

    `customer ids without an account` are ids of customers, though accounts hold them too; `studios that have
    not made films` are studios, though only films have them.
    """
    if reader.where or reader.group or len(reader.wants) != 1 or table != reader.entity:
        return False
    want = reader.wants[0]
    if want.col is None or want.functions or want.table:
        return False
    owner = _owner(reader, want.col)
    if owner is not None and reader.key(owner.table):
        reader.entity = owner.table
        reader.wants[0] = replace(want, col=owner, owner=owner.table)
        return True
    if shows_category(reader) and not want.counted:
        reader.lacking = want.col
        return True
    return False


def _owner(reader: Reader, col: Col) -> Col | None:
    """The column of another table that this one repeats."""
    if col.table != reader.entity:
        return col
    for key in reader.schema.facts[col.table].table.foreign_keys:
        if key.columns == (col.column,) and key.other_table != col.table:
            return Col(key.other_table, key.other_columns[0])
    return None


def add_having(reader: Reader, condition: Compare, table: str | None = None) -> None:
    """Hold groups against a number; `did not order 2 or more times` leaves those out that did."""
    key = reader.key(reader.entity) if reader.entity and reader.negated else None
    if key is None:
        reader.having.append(condition)
        return
    reader.negated = False
    tables = (table,) if table else ()
    inner = Plan(key.table, (key,), group=(key,), having=(condition,), tables=tables)
    reader.where.append(Member(key, inner, negated=True))


def end_negation(reader: Reader) -> None:
    """`services that were never used`: a negation that turned nothing round is about the rows that belong."""
    if not reader.negated or reader.entity is None or reader.absence is not None:
        return
    reader.negated = False
    others = [edge.other for edge in reader.schema.graph.edges(reader.entity) if edge.multiplies]
    behind = [piece for back in (-1, -2, -3) if (piece := reader.peek(back))]
    used = any(piece.sign("verb") or piece.text.lower() == "used" for piece in behind)
    if not others or not used:
        reader.unplaced.append("not")
        return
    rows = {other: reader.schema.facts[other].table.row_estimate or 0 for other in others}
    reader.guesses += 1
    begin_absence(reader, max(others, key=lambda other: rows[other]))
