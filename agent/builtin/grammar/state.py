"""Parser state: the position in a question, and what has been understood up to there.

All records are frozen. A rule takes a state and returns the next one, or None if it does not apply:

    Sentence ─┐
    position ─┤                     ┌─ Selection   what to show
              ├─▶ ParserState ──────┼─ Filters     WHERE and HAVING
    Clause ───┤   entity, tables    ├─ Grouping    GROUP BY
    Evidence ─┘                     └─ Ordering    ORDER BY and LIMIT

`Clause` is the context of the clause being parsed: a column that waits for its operand, a negation that
waits for its condition. `Evidence` is the one exception to frozen records: a log for the confidence.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Literal

from agent.builtin.deadline import UNLIMITED, CpuDeadline
from agent.builtin.lexicon.function_words import FunctionWord, WordKind
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import AggregateFunction, ColumnRef, Condition, Item, Plan, SortKey
from agent.builtin.schema.model import Schema

SURE_TABLE_SCORE = 0.75


@dataclass(frozen=True)
class Sentence:
    """The spans of a question in parsing order, with the tables they name."""

    spans: tuple[Span, ...]

    @cached_property
    def named_tables(self) -> tuple[str, ...]:
        """Tables that the question names outright, in order of appearance."""
        tables: list[str] = []
        for span in self.spans:
            best = next(iter(span.tables), None)
            if best and best.score >= max(SURE_TABLE_SCORE, span.matches[0].score - 0.02):
                tables.append(best.table)
        return tuple(dict.fromkeys(tables))

    @cached_property
    def table_support(self) -> Counter[str]:
        """Number of spans that unambiguously name something of each table."""
        candidates = [{match.table for match in span.matches if match.score > 0.9} for span in self.spans]
        return Counter(table for tables in candidates if len(tables) == 1 for table in tables)


@dataclass(frozen=True, slots=True)
class SelectItem:
    """One thing to show, as far as it is resolved: a table's rows, a column, a count or an aggregate."""

    span: Span | None = None
    table: str | None = None
    column: ColumnRef | None = None
    item: Item | None = None
    functions: tuple[AggregateFunction, ...] = ()
    counted: bool = False
    distinct: bool = False
    all_columns: bool = False
    owner: str | None = None
    share: bool = False


@dataclass(frozen=True, slots=True)
class TopN:
    """Superlative: the first `limit` rows by an item, which may be resolved only after parsing."""

    descending: bool
    limit: int = 1
    criterion: str = ""
    item: Item | None = None
    resolved: bool = False


@dataclass(frozen=True, slots=True)
class AntiJoin:
    """Tables and conditions after a negation, for which no row may exist."""

    tables: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


QuestionWord = Literal["person", "date", "place"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What to show. `pending_values` precede the noun they describe (`German customers`)."""

    items: tuple[SelectItem, ...] = ()
    distinct: bool = False
    pending_values: tuple[Span, ...] = ()
    question_word: QuestionWord | None = None
    # A follow-up with `also` keeps the columns of the previous answer.
    keeps_previous: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on rows and groups."""

    where: tuple[Condition, ...] = ()
    having: tuple[Condition, ...] = ()
    # Two conditions that no row meets at once: the results under each are intersected.
    intersection: tuple[Condition, Condition] | None = None

    def last(self) -> Condition | None:
        """Return the latest condition on rows."""
        return self.where[-1] if self.where else None


@dataclass(frozen=True, slots=True)
class Grouping:
    """Grouping items, and a calendar unit by which rows are grouped too."""

    items: tuple[Item, ...] = ()
    bucket: str | None = None
    # `compare 2024 and 2025`: each period is a group.
    compares_periods: bool = False


@dataclass(frozen=True, slots=True)
class Ordering:
    """Sort keys, superlative and limit."""

    keys: tuple[SortKey, ...] = ()
    top: TopN | None = None
    limit: int | None = None
    # The direction in `the alphabetically ordered list of …`.
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """Context of the clause being parsed."""

    # The table that conditions and columns refer to, and the column and date that await an operand.
    focus: str | None = None
    column: ColumnRef | None = None
    column_after_with: bool = False
    date: ColumnRef | None = None
    negated: bool = False
    connective: Literal["and", "or"] = "and"
    both: bool = False
    anti_join: AntiJoin | None = None
    # A column whose values, and not whose rows, are excluded by the anti-join.
    excluded_column: ColumnRef | None = None


@dataclass(slots=True)
class Evidence:
    """Log of what parsing found uncertain, from which the confidence is computed.

    All states of one parse share it, also those of rules that turned out not to apply.
    """

    # Scores of the chosen matches, and how far each chosen column was ahead of the next.
    scores: list[float] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)
    # Kinds of function words that no rule used, and the number of guesses without a word in the question.
    skipped: list[str] = field(default_factory=list)
    guesses: int = 0
    unplaced: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ParserState:
    """State of parsing one question."""

    sentence: Sentence
    schema: Schema
    today: date
    position: int = 0
    # The table whose rows the question is about, and the other tables it mentions.
    entity: str | None = None
    tables: tuple[str, ...] = ()
    selection: Selection = Selection()
    filters: Filters = Filters()
    grouping: Grouping = Grouping()
    ordering: Ordering = Ordering()
    clause: Clause = Clause()
    # The plan that a follow-up edits, and whether it compares with that plan's single result.
    previous_plan: Plan | None = None
    uses_previous_result: bool = False
    # First tokens of spans that were parsed out of turn.
    consumed: frozenset[int] = frozenset()
    rules: "tuple[Rule, ...]" = ()
    evidence: Evidence = field(default_factory=Evidence)
    deadline: CpuDeadline = UNLIMITED

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans of the question."""
        return self.sentence.spans

    @property
    def done(self) -> bool:
        """Whether the end of the question has been reached."""
        return self.position >= len(self.spans)

    @property
    def base(self) -> str | None:
        """The table that the current clause is about."""
        return self.clause.focus or self.entity

    def peek(self, ahead: int = 0) -> Span | None:
        """Return the span so many positions ahead (or, if negative, behind)."""
        index = self.position + ahead
        return self.sentence.spans[index] if 0 <= index < len(self.sentence.spans) else None

    def find_word(self, *kinds: WordKind, ahead: int = 0) -> FunctionWord | None:
        """Return the function word of one of these kinds that a span ahead may be."""
        span = self.peek(ahead)
        return span.find_word(*kinds) if span else None

    def skip_words(self, *kinds: WordKind, ahead: int = 0) -> int:
        """Return how far ahead the next span is that is no function word of these kinds."""
        while self.find_word(*kinds, ahead=ahead):
            ahead += 1
        return ahead

    def advance(self, count: int = 1) -> "ParserState":
        """Move the position by a number of spans."""
        return replace(self, position=self.position + count)

    def skip(self, *kinds: WordKind) -> "ParserState":
        """Move past function words of these kinds that are neither nouns nor numbers."""
        ahead = 0
        while (span := self.peek(ahead)) and span.find_word(*kinds) and not span.is_noun and not span.number:
            ahead += 1
        return self.advance(ahead) if ahead else self

    def key(self, table: str) -> ColumnRef | None:
        """Return the primary key of a table, if it is a single column."""
        primary = self.schema.roles[table].table.primary_key
        return ColumnRef(table, primary[0]) if len(primary) == 1 else None

    def focus_on(self, table: str | None) -> "ParserState":
        """Make a table the subject of the current clause."""
        return replace(self, clause=replace(self.clause, focus=table))

    def mention(self, table: str) -> "ParserState":
        """Join a table that the question mentions, and focus on it."""
        state = self.focus_on(table)
        return state if table == self.entity or table in self.tables else state.add_tables(table)

    def add_tables(self, *tables: str) -> "ParserState":
        """Join tables without focusing on them."""
        return replace(self, tables=(*self.tables, *tables))

    def with_column(self, column: ColumnRef | None) -> "ParserState":
        """Set or clear the column that awaits an operand."""
        return replace(self, clause=replace(self.clause, column=column))

    def with_items(self, *items: SelectItem) -> "ParserState":
        """Replace the items to show."""
        return replace(self, selection=replace(self.selection, items=items))

    def add_item(self, item: SelectItem) -> "ParserState":
        """Append an item to show."""
        return self.with_items(*self.selection.items, item)

    def add_having(self, condition: Condition) -> "ParserState":
        """Append a condition on groups."""
        return replace(self, filters=replace(self.filters, having=(*self.filters.having, condition)))

    def with_where(self, *conditions: Condition) -> "ParserState":
        """Replace the conditions on rows."""
        return replace(self, filters=replace(self.filters, where=conditions))

    def add_where(self, condition: Condition) -> "ParserState":
        """Append a condition on rows as it is, without the negation and connective of the clause."""
        return self.with_where(*self.filters.where, condition)

    def add_groups(self, *items: Item) -> "ParserState":
        """Append grouping items."""
        return replace(self, grouping=replace(self.grouping, items=(*self.grouping.items, *items)))

    def add_sort_keys(self, *keys: SortKey) -> "ParserState":
        """Append sort keys."""
        return replace(self, ordering=replace(self.ordering, keys=(*self.ordering.keys, *keys)))

    def with_top(self, top: TopN | None) -> "ParserState":
        """Replace the superlative."""
        return replace(self, ordering=replace(self.ordering, top=top))

    def mark_unplaced(self, text: str) -> None:
        """Log words that no rule could place."""
        self.evidence.unplaced.append(text)


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """Result of parsing an item to sort or measure by: the item, if there is one, and the state after it."""

    item: Item | None
    state: ParserState


Rule = Callable[[ParserState], ParserState | None]


def parse_rest(state: ParserState) -> ParserState:
    """Apply the first rule that fits at each position, until the end; spans without a rule are unplaced.

    A rule that consumes nothing does not fit, so parsing always ends. Raises `QuestionTooComplex`.
    """
    while not state.done:
        state.deadline.check()
        for rule in state.rules:
            parsed = rule(state)
            if parsed is not None and parsed.position > state.position:
                state = parsed
                break
        else:
            state.mark_unplaced(state.spans[state.position].text)
            state = state.advance()
    return state
