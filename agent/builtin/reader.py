"""The state of reading one question: where we are, what has been understood, what could not be placed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from agent.builtin.index import Ref
from agent.builtin.pieces import Piece
from agent.builtin.plan import (
    AllOf,
    AnyOf,
    Col,
    Compare,
    Comparison,
    Condition,
    Function,
    Item,
    Member,
    Missing,
    OneOf,
    Order,
    Plan,
)
from agent.builtin.schema import Schema
from agent.builtin.signs import Kind, Sign
from agent.builtin.walk import columns_of

# What makes one reading of a noun likelier than another; see `Reader.choose_column`.
SUPPORT_BONUS = 0.03
FOCUS_BONUS, NAMED_BONUS, DISTANCE_COST, KEY_COST = 0.25, 0.15, 0.08, 0.12
SURE_TABLE = 0.75
# A noun that names a table so well means its rows, whatever columns are nearer.
NAMED_TABLE = 0.86
_NEGATED: dict[Comparison, Comparison] = {
    "=": "<>",
    "<>": "=",
    ">": "<=",
    ">=": "<",
    "<": ">=",
    "<=": ">",
    "like": "not like",
    "not like": "like",
}


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
    unplaced: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    # how far the chosen column was ahead of the next; forms that no rule used; things nobody said that were assumed
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
            if not any(rule(self) for rule in self.rules):
                piece = self.pieces[self.at]
                self.at += 1
                self.give_up_on(piece)
        self.settle_column()
        self.end_absence()

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

    def named_tables(self) -> list[str]:
        """Tables that the question names outright, in order."""
        named = []
        for piece in self.pieces:
            tables = piece.tables
            if tables and tables[0].score >= SURE_TABLE and tables[0].score >= piece.refs[0].score - 0.02:
                named.append(tables[0].table)
        return list(dict.fromkeys(named))

    def _in_part(self, lemmas: Sequence[str], owner: str) -> list[Ref]:
        """Columns of a table that some word of a phrase names: `e-mail address` for `email`."""
        found = [ref for word in lemmas for ref in self.schema.names.find([word])]
        return [ref.scaled(0.9, "part of the phrase") for ref in found if ref.table == owner and ref.column]

    def choose_column(
        self, refs: Sequence[Ref], owner: str | None = None, lemmas: Sequence[str] = ()
    ) -> Col | None:
        """Take the likeliest of several columns: by score, nearness to what is talked about, and use."""
        columns = [ref for ref in refs if ref.kind == "column" and ref.column]
        surely = max((ref.score for ref in columns), default=0.0) > 0.97
        if (
            owner
            and lemmas
            and not surely
            and not any(ref.table == owner and ref.score > 0.5 for ref in columns)
        ):
            columns += self._in_part(lemmas, owner)
        if not columns:
            return None
        near = owner or self.base
        named = self._named()
        ranked = sorted(columns, key=lambda ref: -self._worth(ref, near, named))
        best = ranked[0]
        if len(ranked) > 1:
            self.margins.append(self._worth(best, near, named) - self._worth(ranked[1], near, named))
        self.scores.append(best.score)
        assert best.column is not None
        return Col(best.table, best.column)

    def worth(self, ref: Ref, owner: str | None = None) -> float:
        """How likely a meaning is here."""
        return self._worth(ref, owner or self.base, self._named())

    def _named(self) -> list[str]:
        if not hasattr(self, "_named_tables"):
            self._named_tables = self.named_tables()
        return self._named_tables

    def _worth(self, ref: Ref, near: str | None, named: Sequence[str]) -> float:
        worth = ref.score
        if ref.kind == "table":
            return worth
        if ref.table == near:
            worth += FOCUS_BONUS
        elif self._names_home(ref):
            worth += NAMED_BONUS
        elif ref.table in named or ref.table == self.entity:
            worth += NAMED_BONUS
        worth += SUPPORT_BONUS * self._support().get(ref.table, 0)
        anchor = near or self.entity or (named[0] if named else None)
        if anchor:
            worth -= DISTANCE_COST * min(self.schema.graph.distance(anchor, ref.table), 6.0)
        facts = self.schema.facts[ref.table]
        if ref.column in facts.keys:
            # A key is meant where it is at home, and only when it is called by its name.
            worth += 0.03 if facts.table.primary_key == (ref.column,) else -0.03
            worth -= KEY_COST if ref.score < 0.9 else 0.0
        return worth

    def _support(self) -> dict[str, int]:
        """How many pieces surely name something of each table."""
        if not hasattr(self, "_supported"):
            tables = [{ref.table for ref in piece.refs if ref.score > 0.9} for piece in self.pieces]
            # A word that fits many tables speaks for none.
            self._supported = Counter(table for named in tables if len(named) == 1 for table in named)
        return self._supported

    def _names_home(self, ref: Ref) -> bool:
        """`customer id` names the table of customers as well."""
        facts = self.schema.facts[ref.table]
        words = set(self.schema.names.table_words[ref.table])
        if ref.column is None:
            return False
        return facts.table.primary_key == (ref.column,) and words < set(facts.words_of(ref.column))

    def best_noun(self, piece: Piece, owner: str | None = None) -> Ref | None:
        """The likeliest table or column that a piece names."""
        nouns = [ref for ref in piece.refs if ref.kind != "value"]
        if not nouns:
            return None
        tables = piece.tables
        # A table called just so is meant as such, unless what is talked about has a column of that name.
        best_column = max((ref.score for ref in nouns if ref.kind == "column"), default=0.0)
        if tables and tables[0].score >= max(NAMED_TABLE, best_column):
            near = owner or self.base
            own = [ref for ref in nouns if ref.kind == "column" and ref.table == near and ref.score >= 0.95]
            usable = [r for r in own if r.column not in self.schema.facts[r.table].keys and r.why != "label"]
            return usable[0] if usable and near != tables[0].table else tables[0]
        return max(nouns, key=lambda ref: (self.worth(ref, owner), ref.kind == "table"))

    def find_property(self, about: str, table: str) -> Col | None:
        """The column of a table that holds a property, named by one of several words."""
        for words in about.split("|"):
            refs = [
                ref
                for ref in self.schema.names.find(words.split())
                if ref.kind == "column" and ref.table == table and ref.score >= 0.45
            ]
            facts = self.schema.facts[table]
            usable = [
                r
                for r in refs
                if r.column
                and (facts.is_measure(r.column) or facts.is_date(r.column) or facts.is_year(r.column))
            ]
            if usable and usable[0].column:
                self.scores.append(max(usable[0].score, 0.8))
                return Col(table, usable[0].column)
        if about.split("|")[0] in {"date", "age"} and self.schema.facts[table].dates:
            return Col(table, self.schema.facts[table].dates[0])
        return None

    def add(self, condition: Condition) -> None:
        """Take a condition in, under the negation and the `and` or `or` that stand before it."""
        tables = {col.table for col in columns_of(condition)}
        far = self.entity and any(self.schema.to_many(self.entity, table) for table in tables)
        if self.absence is not None:
            self.absence.conditions.append(condition)
        elif self.negated and far:
            self.begin_absence()
            assert self.absence is not None
            self.absence.conditions.append(condition)
        else:
            for table in tables - {self.entity}:
                if table and table not in self.tables:
                    self.tables.append(table)
            self._connect(negate(condition) if self.negated else condition, bool(far))
            self.negated = False

    def _connect(self, condition: Condition, far: bool) -> None:
        if condition in self.where:
            return
        last = self.where[-1] if self.where else None
        joiner, self.joiner = self.joiner, "and"
        if last is not None and joiner == "or":
            self.where[-1] = _either(last, condition)
        elif last is not None and _same_equality(last, condition):
            if far and self.both and self.entity:
                self.where[-1] = self.member(last)
                self.where.append(self.member(condition))
            elif self.both:
                self.both_of = self.where.pop(), condition
            else:
                self.where[-1] = _either(last, condition)
        elif last is not None and _exclude(last, condition):
            self.both_of = self.where.pop(), condition
        else:
            self.where.append(condition)

    def member(self, condition: Condition) -> Condition:
        """A condition on rows far away, as one on the entity: there is such a row."""
        assert self.entity is not None
        key = self.key(self.entity)
        if key is None:
            return condition
        return Member(key, Plan(self.entity, (key,), where=(condition,)))

    def key(self, table: str) -> Col | None:
        """The one column that tells the rows of a table apart."""
        primary = self.schema.facts[table].table.primary_key
        return Col(table, primary[0]) if len(primary) == 1 else None

    def begin_absence(self, table: str | None = None) -> None:
        """From here on, gather what there must not be."""
        if self.absence is None:
            self.absence = Absence()
            self.negated = False
        if table:
            self.absence.tables.append(table)

    def end_absence(self) -> None:
        """Turn what was gathered into one condition: the entity is not among those that have it."""
        absence, self.absence = self.absence, None
        if absence is None or self.entity is None:
            return
        key = self.key(self.entity) or Col(self.entity, self.schema.facts[self.entity].table.columns[0].name)
        inner = Plan(
            self.entity, (key,), where=tuple(absence.conditions), tables=tuple(dict.fromkeys(absence.tables))
        )
        self.where.append(Member(key, inner, negated=True))

    def mention(self, table: str) -> None:
        """Join a table that was spoken of, and talk about it from here on."""
        if table != self.entity and table not in self.tables:
            self.tables.append(table)
        self.focus = table

    def settle_column(self) -> None:
        """Decide on a column of which nothing was said: `with a coupon`, `without a coupon`."""
        column, self.column = self.column, None
        if column is None:
            return
        facts = self.schema.facts[column.table]
        nullable = facts.column(column.column).nullable and column.column not in facts.keys
        if self.negated and nullable:
            self.negated = False
            self.where.append(Missing(column))
        elif self.negated and column.table != self.entity and self.absence is None:
            self.begin_absence(column.table)
        elif self.column_with and nullable and not facts.is_measure(column.column):
            self.where.append(Missing(column, negated=True))
        elif column.table != self.entity and self.absence is None:
            self.mention(column.table)
            self.focus = self.entity

    def give_up_on(self, piece: Piece) -> None:
        """Remember a word that could not be placed."""
        self.unplaced.append(piece.text)


def negate(condition: Condition) -> Condition:
    """The opposite of a condition."""
    match condition:
        case Compare(item, op, value):
            return Compare(item, _NEGATED[op], value)
        case AllOf(parts):
            return AnyOf(tuple(negate(part) for part in parts))
        case AnyOf(parts):
            return AllOf(tuple(negate(part) for part in parts))
    return replace(condition, negated=not condition.negated)


def _exclude(one: Condition, other: Condition) -> bool:
    """Whether no number is above the one and below the other."""
    if not (isinstance(one, Compare) and isinstance(other, Compare) and one.item == other.item):
        return False
    if not (isinstance(one.value, int | float) and isinstance(other.value, int | float)):
        return False
    above, below = (one, other) if one.op in {">", ">="} else (other, one)
    return above.op in {">", ">="} and below.op in {"<", "<="} and above.value >= below.value  # type: ignore[operator]


def _same_equality(one: Condition, other: Condition) -> bool:
    columns = [_equal_item(condition) for condition in (one, other)]
    return columns[0] is not None and columns[0] == columns[1]


def _equal_item(condition: Condition) -> Item | None:
    match condition:
        case Compare(item, "=", str() | int() | float() | bool()):
            return item
        case OneOf(item, _, False):
            return item
    return None


def _values(condition: Condition) -> tuple[str | int | float | bool, ...]:
    match condition:
        case Compare(_, "=", str() | int() | float() | bool() as value):
            return (value,)
        case OneOf(_, values, _):
            return values
    return ()


def _either(one: Condition, other: Condition) -> Condition:
    """One or the other; two values of one column become a list."""
    item = _equal_item(one)
    if item is not None and item == _equal_item(other):
        return OneOf(item, tuple(dict.fromkeys((*_values(one), *_values(other)))))
    if isinstance(one, AnyOf):
        return AnyOf((*one.parts, other))
    return AnyOf((one, other))
