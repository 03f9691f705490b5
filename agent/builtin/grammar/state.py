"""The state of reading one question: where we are, what has been understood, what could not be placed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from agent.builtin.lexicon.function_words import Kind, Sign
from agent.builtin.linking.spans import Piece
from agent.builtin.plan.model import Col, Condition, Function, Item, Order, Plan
from agent.builtin.schema.model import Schema


@dataclass(slots=True)
class Want:
    """Something to be shown, as far as it is known while reading."""

    piece: Piece | None = None
    table: str | None = None
    col: Col | None = None
    item: Item | None = None
    functions: tuple[Function, ...] = ()
    counted: bool = False
    distinct: bool = False
    everything: bool = False
    owner: str | None = None
    share: bool = False


@dataclass(slots=True)
class Top:
    """A superlative that was read: the first `limit` by something."""

    descending: bool
    limit: int = 1
    about: str = ""
    item: Item | None = None
    settled: bool = False


@dataclass(slots=True)
class Absence:
    """Rows for which there must be nothing: tables and conditions gathered after a negation."""

    tables: list[str] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)


@dataclass
class Reader:
    """Reads pieces from left to right and gathers what they say."""

    pieces: Sequence[Piece]
    schema: Schema
    today: date
    at: int = 0

    entity: str | None = None
    wants: list[Want] = field(default_factory=list)
    where: list[Condition] = field(default_factory=list)
    group: list[Item] = field(default_factory=list)
    having: list[Condition] = field(default_factory=list)
    order: list[Order] = field(default_factory=list)
    top: Top | None = None
    limit: int | None = None
    distinct: bool = False
    tables: list[str] = field(default_factory=list)
    each: list[Item] = field(default_factory=list)

    # the plan that a follow-up leans on
    context: Plan | None = None
    focus: str | None = None
    column: Col | None = None
    column_with: bool = False
    date: Col | None = None
    negated: bool = False
    # a column whose values, and not whose rows, are what something is lacking for
    lacking: Col | None = None
    joiner: str = "and"
    both: bool = False
    absence: Absence | None = None

    # values that stand before the noun they describe; a unit of the calendar that was asked for
    pending_values: list[Piece] = field(default_factory=list)
    bucket: str | None = None
    # a follow-up says `also`: what was shown stays
    also: bool = False
    # a follow-up compares with the number that was the last answer
    leaned: bool = False
    # first tokens of pieces that were read ahead of their turn
    consumed: set[int] = field(default_factory=set)
    # a number stands before what is being read
    several: bool = False
    # the direction in `the alphabetically ordered list of …`
    direction: str | None = None
    # `compare 2024 and 2025`: each period is a group
    compares: bool = False
    # what `when` or `where` asks for
    asks: str | None = None
    # the rules of `agent.builtin.clauses`, for readers of a part of the question
    rules: "tuple[Callable[[Reader], bool], ...]" = ()
    # two conditions that no row meets at once: what is shown must be found under both
    both_of: tuple[Condition, Condition] | None = None
    # found once: the tables that are named, and how many pieces speak for each table
    named: list[str] | None = None
    supported: Counter[str] | None = None
    unplaced: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    # how far the chosen column was ahead of the next; forms that no rule used; what nobody said
    margins: list[float] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    guesses: int = 0

    @property
    def done(self) -> bool:
        """Whether everything has been read."""
        return self.at >= len(self.pieces)

    def read_rest(self) -> None:
        """Apply the first rule that fits, until all pieces are read."""
        while not self.done:
            start = self.at
            if not any(self._try(rule, start) for rule in self.rules):
                self.at = start + 1
                self.give_up_on(self.pieces[start])

    def _try(self, rule: Callable[["Reader"], bool], start: int) -> bool:
        """Apply a rule; one that does not fit has read nothing, however far it looked."""
        self.at = start
        return rule(self)

    def peek(self, ahead: int = 0) -> Piece | None:
        """The piece that is `ahead` of the present one."""
        at = self.at + ahead
        return self.pieces[at] if 0 <= at < len(self.pieces) else None

    def sign(self, *kinds: Kind, ahead: int = 0) -> Sign | None:
        """The sign of one of these kinds that the piece `ahead` may be."""
        piece = self.peek(ahead)
        return piece.sign(*kinds) if piece else None

    def skip(self, *kinds: Kind) -> int:
        """Pass over pieces of these kinds that are nothing else; say how many."""
        count = 0
        while (piece := self.peek()) and piece.sign(*kinds) and not piece.is_noun and not piece.number:
            self.at += 1
            count += 1
        return count

    @property
    def base(self) -> str | None:
        """The table that is talked about just now."""
        return self.focus or self.entity

    def key(self, table: str) -> Col | None:
        """The one column that tells the rows of a table apart."""
        primary = self.schema.facts[table].table.primary_key
        return Col(table, primary[0]) if len(primary) == 1 else None

    def mention(self, table: str) -> None:
        """Join a table that was spoken of, and talk about it from here on."""
        if table != self.entity and table not in self.tables:
            self.tables.append(table)
        self.focus = table

    def give_up_on(self, piece: Piece) -> None:
        """Remember a word that could not be placed."""
        self.unplaced.append(piece.text)
