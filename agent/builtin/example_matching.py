"""Example matching: reuse the query of an example whose question differs only in its values."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp

from agent.analyst import DraftContext
from schema_docs.examples.masking import parse_sql
from schema_docs.search.results import ExampleMatch, ValueMatch
from store.catalog import Dialect

EXAMPLE_NOTICE = "This query comes from a verified example: “{}”"

_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?.*")
_DIGITS = re.compile(r"\d[\d.:/-]*")
# 0 and 1 are booleans as often as numbers from the question.
_BOOLEAN_LITERALS = frozenset({"0", "1"})


@dataclass(frozen=True, slots=True)
class ExampleQuery:
    """Query derived from an example, with the example's question."""

    sql: str
    question: str


@dataclass(frozen=True, slots=True)
class _Slot:
    """Literal that occurs exactly once in an example's question and once in its query."""

    literal: exp.Literal
    start: int
    end: int

    @property
    def pattern(self) -> str:
        if not self.literal.is_string:
            return r"(\d+(?:\.\d+)?)" if "." in self.literal.this else r"(\d+)"
        if _DIGITS.fullmatch(self.literal.this):
            return "(" + re.sub(r"\d", r"\\d", re.escape(self.literal.this)) + ")"
        return "(.+?)"


def match_example(task: DraftContext) -> ExampleQuery | None:
    """Find an example whose question equals this one except for its values; None if there is none.

    All other words must be the same. A text is replaced by a stored value of the same column, a number by a
    number, and a date by a date of the same format.
    """
    if task.intent.original_question or task.setbacks:
        return None
    dialect = task.schema.catalog.dialect
    queries = (
        _adapt_example(example, task.intent.question, task.retrieval.values, dialect)
        for example in task.retrieval.examples
    )
    return next((example for example in queries if example is not None), None)


def _adapt_example(
    example: ExampleMatch, question: str, values: Sequence[ValueMatch], dialect: Dialect
) -> ExampleQuery | None:
    tree = parse_sql(example.sql, dialect)
    if tree is None or _has_unspoken_date(tree, example.question):
        return None
    example_question = _normalize(example.question)
    if example_question == _normalize(question):
        return ExampleQuery(example.sql, example.question)
    slots = _find_slots(tree, example_question)
    match = re.fullmatch(_pattern(example_question, slots), _normalize(question)) if slots else None
    if match is None:
        return None
    for slot, text in zip(slots, match.groups(), strict=True):
        replacement = _substitute(slot.literal, text, values)
        if replacement is None:
            return None
        slot.literal.replace(replacement)
    return ExampleQuery(tree.sql(dialect=dialect), example.question)


def _has_unspoken_date(tree: exp.Expr, question: str) -> bool:
    """Check whether the query contains a date that its question does not: a stale `last month`."""
    dates = (literal.this for literal in tree.find_all(exp.Literal) if literal.is_string)
    return any(_DATE.fullmatch(date) and date[:4] not in question for date in dates)


def _find_slots(tree: exp.Expr, question: str) -> list[_Slot]:
    """Find the replaceable literals, in the question's order; empty if two of them overlap."""
    literals = [literal for literal in tree.find_all(exp.Literal) if literal.this not in _BOOLEAN_LITERALS]
    occurrences = Counter(literal.this.casefold() for literal in literals)
    slots = []
    for literal in literals:
        pattern = rf"(?<![\w.]){re.escape(literal.this.casefold())}(?:e?s)?(?![\w]|\.\d)"
        matches = list(re.finditer(pattern, question)) if literal.this.strip() else []
        if len(matches) == 1 and occurrences[literal.this.casefold()] == 1:
            slots.append(_Slot(literal, *matches[0].span()))
    slots.sort(key=lambda slot: slot.start)
    overlaps = any(slot.end > next_slot.start for slot, next_slot in pairwise(slots))
    return [] if overlaps else slots


def _pattern(question: str, slots: Sequence[_Slot]) -> str:
    """Build a regular expression of the question, with a group for each literal."""
    spans, position = [], 0
    for slot in slots:
        spans += [re.escape(question[position : slot.start]), slot.pattern]
        position = slot.end
    return "".join([*spans, re.escape(question[position:])])


def _substitute(literal: exp.Literal, text: str, values: Sequence[ValueMatch]) -> exp.Literal | None:
    """Build the new literal; None if it is ambiguous."""
    if not literal.is_string:
        return exp.Literal(this=text, is_string=False)
    if text == literal.this.casefold():
        return literal.copy()
    if _DIGITS.fullmatch(literal.this):
        return exp.Literal.string(text)
    columns = _compared_columns(literal)
    candidates = {
        value.value
        for value in values
        if not value.inferred
        and text in (_normalize(value.phrase), _normalize(value.value))
        and _value_column(value) in columns
    }
    return exp.Literal.string(candidates.pop()) if len(candidates) == 1 else None


def _compared_columns(literal: exp.Literal) -> set[tuple[str, str]]:
    """List the (table, column) pairs that a text literal is compared with for equality."""
    parent = literal.parent
    if not isinstance(parent, exp.EQ | exp.NEQ | exp.In):
        return set()
    columns = [side for side in (parent.this, parent.args.get("expression")) if isinstance(side, exp.Column)]
    tables = {
        table.name.casefold()
        for table in literal.root().find_all(exp.Table)
        for column in columns
        if column.table in ("", table.alias_or_name)
    }
    return {(table, column.name.casefold()) for column in columns for table in tables}


def _value_column(value: ValueMatch) -> tuple[str, str]:
    return value.table.rpartition(".")[2].casefold(), value.column.casefold()


def _normalize(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip("?!. ")
