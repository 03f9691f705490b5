"""Empty-result diagnosis: does the query filter on a value stored in a different spelling or column?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp, parse_one

from agent.analyst import Setback
from schema_docs.search.results import ValueMatch
from store.access.approved_query import Approved
from store.rows import Rows

# A stored value with a lower score merely resembles the literal in the query.
MIN_SIMILARITY = 0.75
MAX_NAMED = 4
COMPARISONS = (exp.EQ, exp.In, exp.Like, exp.ILike)


@dataclass(frozen=True, slots=True)
class LiteralFilter:
    """A text literal that a column is compared with; a `loose` comparison accepts substrings in any case."""

    column: str
    text: str
    loose: bool = False

    def is_met_by(self, value: str) -> bool:
        """Tell whether a stored value satisfies this comparison."""
        return self.text.casefold() in value.casefold() if self.loose else value == self.text


def is_empty_result(rows: Rows) -> bool:
    """Tell whether a result carries no information: no rows, only NULLs, or a single zero."""
    if len(rows) == 1 and rows.values[0] == (0,):
        return True
    return all(value is None for row in rows.values for value in row)


def literals_in(approved: Approved) -> tuple[LiteralFilter, ...]:
    """List the first `MAX_NAMED` text literals that a query filters on, each with its column."""
    tree = parse_one(approved.display_sql, read=approved.dialect)
    filters = (
        literal
        for comparison in tree.find_all(*COMPARISONS, bfs=False)
        for literal in _literals_of(comparison)
    )
    return tuple(dict.fromkeys(filters))[:MAX_NAMED]


def diagnose(
    approved: Approved, similar: Iterable[tuple[LiteralFilter, Sequence[ValueMatch]]], sql: str
) -> Setback | None:
    """Name the stored values closest to the literals of a query; None if every literal is stored.

    `similar` pairs each literal with the stored values that resemble it; `sql` is the draft behind the query.
    """
    hints = [hint for literal, values in similar if (hint := _hint(literal, values, approved.display_tables))]
    if not hints:
        return None
    reason = "The query returned no rows: a value that it filters on is not stored."
    return Setback("empty", sql, reason, " ".join(hints))


def _literals_of(comparison: exp.Expr) -> Iterator[LiteralFilter]:
    columns = list(comparison.this.find_all(exp.Column))
    operands = comparison.expressions or [comparison.expression]
    if not columns and isinstance(comparison, exp.EQ):
        columns, operands = list(comparison.expression.find_all(exp.Column)), [comparison.this]
    if len(columns) != 1:
        return
    for operand in operands:
        for literal in operand.find_all(exp.Literal) if isinstance(operand, exp.Expr) else ():
            if literal.is_string and (text := literal.this.strip("%")):
                yield LiteralFilter(columns[0].name, text, _is_loose(comparison, columns[0]))


def _is_loose(comparison: exp.Expr, column: exp.Column) -> bool:
    """Tell whether it matches a part of the value, or the result of a function of it."""
    return not isinstance(comparison, exp.EQ | exp.In) or column.parent is not comparison


def _hint(literal: LiteralFilter, values: Sequence[ValueMatch], tables: Sequence[str]) -> str:
    same_column = [
        value for value in values if value.table in tables and _equal_names(value.column, literal.column)
    ]
    if any(literal.is_met_by(value.value) for value in same_column):
        return ""
    closest = [value for value in same_column if value.score >= MIN_SIMILARITY] or [
        value for value in values if value.score >= MIN_SIMILARITY
    ]
    stored = ", ".join(f"{value.table}.{value.column} = {value.value!r}" for value in closest[:MAX_NAMED])
    return f"No row has {literal.column} = {literal.text!r}; similar values: {stored}." if stored else ""


def _equal_names(name: str, other_name: str) -> bool:
    return name.casefold() == other_name.casefold()
