"""Queries made from examples: those of the very same question, but for the values in it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp

from agent.analyst import Task
from schema_docs.examples.masking import tree_of
from schema_docs.search.results import FoundExample, FoundValue
from store.catalog import Dialect

FROM_EXAMPLE = "The query is that of an example which is known to be right: “{}”"

_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?.*")
_FIGURES = re.compile(r"\d[\d.:/-]*")
# They stand for yes and no as often as for a number that somebody said.
_FLAGS = frozenset({"0", "1"})


@dataclass(frozen=True, slots=True)
class Exemplified:
    """A query made from an example, and the question of that."""

    sql: str
    question: str


@dataclass(frozen=True, slots=True)
class _Slot:
    """A value that stands once in the question of an example, and once in its query."""

    literal: exp.Literal
    start: int
    end: int

    @property
    def pattern(self) -> str:
        if not self.literal.is_string:
            return r"(\d+(?:\.\d+)?)" if "." in self.literal.this else r"(\d+)"
        if _FIGURES.fullmatch(self.literal.this):
            return "(" + re.sub(r"\d", r"\\d", re.escape(self.literal.this)) + ")"
        return "(.+?)"


def by_example(task: Task) -> Exemplified | None:
    """Give the query of an example whose question is this one but for its values; None where there is none.

    Only an example that was asked in the very same words will do. A text is exchanged for a stored value of
    the same column, a number for a number, a date for a date of the same form.
    """
    if task.intent.said or task.setbacks:
        return None
    dialect = task.schema.catalog.dialect
    made = (_made(each, task.intent.question, task.found.values, dialect) for each in task.found.examples)
    return next((each for each in made if each is not None), None)


def _made(
    example: FoundExample, asked: str, values: Sequence[FoundValue], dialect: Dialect
) -> Exemplified | None:
    tree = tree_of(example.sql, dialect)
    if tree is None or _is_of_another_day(tree, example.question):
        return None
    question = _plain(example.question)
    if question == _plain(asked):
        return Exemplified(example.sql, example.question)
    slots = _slots(tree, question)
    said = re.fullmatch(_pattern(question, slots), _plain(asked)) if slots else None
    if said is None:
        return None
    for slot, words in zip(slots, said.groups(), strict=True):
        new = _exchanged(slot.literal, words, values)
        if new is None:
            return None
        slot.literal.replace(new)
    return Exemplified(tree.sql(dialect=dialect), example.question)


def _is_of_another_day(tree: exp.Expr, question: str) -> bool:
    """Whether the query holds a date that nobody said: `last month` was another one then."""
    dates = (literal.this for literal in tree.find_all(exp.Literal) if literal.is_string)
    return any(_DATE.fullmatch(date) and date[:4] not in question for date in dates)


def _slots(tree: exp.Expr, question: str) -> list[_Slot]:
    """Give the values that can be exchanged, in the question's order; none where two of them overlap."""
    literals = [literal for literal in tree.find_all(exp.Literal) if literal.this not in _FLAGS]
    often = Counter(literal.this.casefold() for literal in literals)
    slots = []
    for literal in literals:
        spelt = rf"(?<![\w.]){re.escape(literal.this.casefold())}(?:e?s)?(?![\w]|\.\d)"
        places = list(re.finditer(spelt, question)) if literal.this.strip() else []
        if len(places) == 1 and often[literal.this.casefold()] == 1:
            slots.append(_Slot(literal, *places[0].span()))
    slots.sort(key=lambda slot: slot.start)
    overlaps = any(one.end > other.start for one, other in pairwise(slots))
    return [] if overlaps else slots


def _pattern(question: str, slots: Sequence[_Slot]) -> str:
    """Write the question as a pattern: every word as it is, and a place for each value."""
    pieces, at = [], 0
    for slot in slots:
        pieces += [re.escape(question[at : slot.start]), slot.pattern]
        at = slot.end
    return "".join([*pieces, re.escape(question[at:])])


def _exchanged(literal: exp.Literal, words: str, values: Sequence[FoundValue]) -> exp.Literal | None:
    """Give what stands in the literal's place now; None where that is not certain."""
    if not literal.is_string:
        return exp.Literal(this=words, is_string=False)
    if words == literal.this.casefold():
        return literal.copy()
    if _FIGURES.fullmatch(literal.this):
        return exp.Literal.string(words)
    places = _compared(literal)
    meant = {
        value.value
        for value in values
        if not value.read and words in (_plain(value.words), _plain(value.value)) and _place(value) in places
    }
    return exp.Literal.string(meant.pop()) if len(meant) == 1 else None


def _compared(literal: exp.Literal) -> set[tuple[str, str]]:
    """Name the columns that a text may be held against for equality, each with its table; none otherwise."""
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


def _place(value: FoundValue) -> tuple[str, str]:
    return value.table.rpartition(".")[2].casefold(), value.column.casefold()


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip("?!. ")
