"""Looks into a result that holds nothing: does the query name a value that is stored otherwise?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp, parse_one

from agent.analyst import Setback
from schema_docs.search.results import FoundValue
from store.access.approved_query import Approved
from store.rows import Rows

# Below this a stored value only sounds a little like the one in the query.
NEAR = 0.75
MOST_NAMED = 4
COMPARED = (exp.EQ, exp.In, exp.Like, exp.ILike)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text that a query compares a column with; a `loose` comparison takes other spellings, or a part."""

    column: str
    text: str
    loose: bool = False

    def is_met_by(self, value: str) -> bool:
        """Whether a stored value is what the query looks for."""
        return self.text.casefold() in value.casefold() if self.loose else value == self.text


def is_hollow(rows: Rows) -> bool:
    """Whether a result says nothing: no rows, or only nulls and a lone zero."""
    if len(rows) == 1 and rows.values[0] == (0,):
        return True
    return all(value is None for row in rows.values for value in row)


def texts_wanted(approved: Approved) -> tuple[Wanted, ...]:
    """The texts a query looks for, each with its column; at most a few, in the order they are written."""
    tree = parse_one(approved.shown_sql, read=approved.dialect)
    found = (wanted for compared in tree.find_all(*COMPARED, bfs=False) for wanted in _texts_in(compared))
    return tuple(dict.fromkeys(found))[:MOST_NAMED]


def why_hollow(
    approved: Approved, named: Iterable[tuple[Wanted, Sequence[FoundValue]]], sql: str
) -> Setback | None:
    """Name the values that are nearest to what the query looked for; None when it looked for what is there.

    `named` gives, for each text, the stored values that are like it; `sql` is the draft behind the query.
    """
    lines = [line for wanted, values in named if (line := _line(wanted, values, approved.shown_tables))]
    if not lines:
        return None
    reason = "The query ran and brought nothing: no row has a value that it looks for."
    return Setback("empty", sql, reason, " ".join(lines))


def _texts_in(compared: exp.Expr) -> Iterator[Wanted]:
    columns = list(compared.this.find_all(exp.Column))
    others = compared.expressions or [compared.expression]
    if not columns and isinstance(compared, exp.EQ):
        columns, others = list(compared.expression.find_all(exp.Column)), [compared.this]
    if len(columns) != 1:
        return
    for other in others:
        for literal in other.find_all(exp.Literal) if isinstance(other, exp.Expr) else ():
            if literal.is_string and (text := literal.this.strip("%")):
                yield Wanted(columns[0].name, text, _is_loose(compared, columns[0]))


def _is_loose(compared: exp.Expr, column: exp.Column) -> bool:
    """Whether it looks for a part of a value, or for what a function makes of it."""
    return not isinstance(compared, exp.EQ | exp.In) or column.parent is not compared


def _line(wanted: Wanted, values: Sequence[FoundValue], tables: Sequence[str]) -> str:
    here = [value for value in values if value.table in tables and _same(value.column, wanted.column)]
    if any(wanted.is_met_by(value.value) for value in here):
        return ""
    near = [value for value in here if value.score >= NEAR] or [
        value for value in values if value.score >= NEAR
    ]
    places = ", ".join(f"{value.table}.{value.column} = {value.value!r}" for value in near[:MOST_NAMED])
    return f"No row has {wanted.column} = {wanted.text!r}; near are {places}." if places else ""


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
