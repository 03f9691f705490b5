"""What people call the parts of a plan: its tables, columns, measures and values."""

from dataclasses import dataclass
from typing import Any

from agent.builtin.nlg.dates import bucket_said, date_text_said
from agent.builtin.nlg.inflection import plural, said
from agent.builtin.plan.model import Bucket, Col, Item, LineAmount, Measure, Share, Span, Years, columns_of
from agent.builtin.schema.model import Schema

_FUNCTIONS = {"count": "number of", "sum": "total", "avg": "average", "min": "lowest", "max": "highest"}
_DATED = {"min": "earliest", "max": "latest"}
# Without these, what is left of `order number` would say too little.
_BARE = frozenset({"number", "date", "id", "name", "code", "type", "line", "time", "key"})
_HAPPENED = frozenset(
    {"sold", "sent", "paid", "built", "made", "born", "begun", "bought", "won", "lost", "left"}
)
_OF_ITSELF = frozenset({"date", "time", "day", "at", "on", "of", "the", "datetime", "timestamp", "when"})


@dataclass(frozen=True, slots=True)
class Voice:
    """Says items from the point of view of the table that a plan is about."""

    schema: Schema
    entity: str

    def table(self, name: str) -> str:
        """A table in the singular."""
        return self.schema.spoken_table(name)

    def stands_for(self, col: Col) -> bool:
        """Whether a column is the name by which people know a row."""
        return self.schema.facts[col.table].display == (col.column,)

    def label(self, col: Col) -> str:
        """A column's own label."""
        return self.schema.spoken_column(col.table, col.column)

    def column(self, col: Col, *, alone: bool = False) -> str:
        """A column as a noun, with its table's name where nothing else tells the table.

        `alone` says that the plan's own table is not named beside it: then a payment method stays one.
        """
        label, owner = self._label_in_words(col), self.owner(col)
        if self.stands_for(col) and col.column not in self.schema.facts[col.table].keys:
            named = label in {self.table(col.table), "name", f"{self.table(col.table)} name"}
            if named:
                return "name" if col.table == self.entity else owner
        if happened := self.happened(col):
            label = "date of birth" if happened == "born" else f"{happened.replace(' ', '-')} date"
        if col.table == self.entity and not col.via:
            return label.removeprefix(f"{owner}'s ") if alone else _own(label, owner)
        return label if has_words(label, owner) else f"{owner} {label}"

    def _label_in_words(self, col: Col) -> str:
        """The label; what points at another table holds a number, whatever the column is called."""
        label = self.label(col)
        points = col.column in self.schema.facts[col.table].keys and label.endswith(" id")
        return f"{label.removesuffix(' id')} number" if points else label

    def owner(self, col: Col) -> str:
        """The table of a column, or the part it plays: `home team`."""
        if not col.via:
            return self.table(col.table)
        for table in (self.entity, *self.schema.facts):
            if self.schema.facts[table].table.column(col.via):
                words = [w for w in self.schema.names.column_words[table, col.via] if w not in {"id", "code"}]
                return " ".join(words) or self.table(col.table)
        return self.table(col.table)

    def happened(self, col: Col) -> str | None:
        """`signed up` for a date that is called so: what happened to a row then."""
        if not self.schema.facts[col.table].is_date(col.column):
            return None
        words = self.label(col).lower().split()
        if set(words) & {"birth", "birthday", "born", "birthdate"}:
            return "born"
        while words and words[-1] in {"at", "on", "date", "time"} and len(words) > 1:
            words = words[:-1]
        first = words[0] if words else ""
        done = (first.endswith("ed") and len(first) > 4) or first in _HAPPENED
        return " ".join(words) if done and len(words) <= 2 else None

    def is_own_date(self, col: Item) -> bool:
        """Whether a date is so much the entity's own that `orders in 2025` leaves no doubt."""
        if not isinstance(col, Col) or col.table != self.entity or self.happened(col):
            return False
        left = set(self.label(col).lower().split()) - _OF_ITSELF - set(self.table(col.table).lower().split())
        return not left and self.schema.facts[col.table].dates[:1] == (col.column,)

    def item(self, item: Item) -> str:
        """An item as a noun."""
        match item:
            case Col():
                return self.column(item)
            case Bucket(_, unit):
                return unit
            case Measure():
                return self.measure(item)
            case LineAmount():
                return "amount"
            case Years():
                return "age"
            case Span(start, end):
                return f"time from {self.item(start)} to {self.item(end)}"
            case Share(_, of):
                return f"percentage of {plural(self.table(of))}"

    def measure(self, measure: Measure) -> str:
        """An aggregate as a noun: `number of orders`, `average price`, `latest order date`."""
        term = measure.term
        if measure.function == "count":
            counted = self.counted(measure)
            return (
                f"number of {plural(counted) if counted else 'different ' + plural(self._counted_term(term))}"
            )
        if measure.function == "sum":
            return self._total(term)
        dated = measure.function in _DATED and self.is_dated(term)
        return f"{(_DATED if dated else _FUNCTIONS)[measure.function]} {self.item(term) if term else 'row'}"

    def counted(self, measure: Measure) -> str | None:
        """What rows a count counts; nothing where it counts different values."""
        of, term = measure.of or self.entity, measure.term
        keys = self.schema.facts[of].table.primary_key
        rows = term is None or (isinstance(term, Col) and term.table == of and term.column in keys)
        return self.table(of) if rows else None

    def _counted_term(self, term: Item | None) -> str:
        if isinstance(term, Col) and self.stands_for(term) and term.table == self.entity:
            return f"{self.table(term.table)} name" if self.column(term) == "name" else self.column(term)
        return self.item(term) if term else "row"

    def _total(self, term: Item | None) -> str:
        """What is summed; a column labelled `total` is better called by another of its names."""
        if isinstance(term, Col) and "total" in self.label(term).lower().split():
            names = self.schema.map.note(term.table, term.column).synonyms
            return f"total {names[0]}" if names else f"sum of {plural(self.column(term))}"
        return f"total {self.item(term)}" if term else "total"

    def is_dated(self, item: Item | None) -> bool:
        """Whether an item is a date."""
        if isinstance(item, Measure):
            return item.function in _DATED and self.is_dated(item.term)
        if isinstance(item, Col):
            return self.schema.facts[item.table].is_date(item.column)
        return isinstance(item, Bucket) and item.unit in {"day", "week", "month", "quarter", "year"}

    def is_sized(self, item: Item) -> bool:
        """Whether an item has a size, so that one can be the highest."""
        if isinstance(item, Col):
            facts = self.schema.facts[item.table]
            return facts.is_measure(item.column) or facts.is_date(item.column) or facts.is_year(item.column)
        return not isinstance(item, Bucket) or item.unit not in {"weekday", "hour"}

    def unit(self, item: Item) -> str:
        """The unit in which an item is measured, with a space before it."""
        match item:
            case Measure("count", _, _):
                return ""
            case Share():
                return " %"
            case Years() | Measure(_, Years(), _):
                return " years"
            case Span() | Measure(_, Span(), _):
                return " days"
            case LineAmount(_, price, _) | Measure(_, LineAmount(_, price, _), _):
                item = price
        col = next(columns_of(item), None)
        unit = self.schema.map.note(col.table, col.column).unit if col else None
        return f" {unit}" if unit else ""

    def value(self, item: Item, value: Any) -> str:
        """A value of an item as people write it, with its unit."""
        if value is None:
            return f"no {self.item(item)}"
        if isinstance(item, Bucket):
            return bucket_said(item.unit, value)
        if self.is_dated(item):
            return said(value) if not isinstance(value, str) else date_text_said(value)
        spoken = said(value, plain=isinstance(item, Col) and self.is_plain(item))
        sized = isinstance(value, bool | str) is False
        return spoken + (self.unit(item) if sized else "")

    def is_plain(self, col: Col) -> bool:
        """Whether the numbers of a column are names or years, and are written without separators."""
        facts = self.schema.facts[col.table]
        return not facts.is_measure(col.column) or facts.is_year(col.column)


def _own(label: str, owner: str) -> str:
    """`supplier's country` of suppliers is their country; an `order number` stays one."""
    rest = label.removeprefix(f"{owner}'s ").removeprefix(f"{owner} ")
    return label if rest in _BARE else rest


def has_words(label: str, owner: str) -> bool:
    """Whether a label names its owner itself, as `order date` does."""
    said_words = {word.removesuffix("'s") for word in label.lower().split()}
    return set(owner.lower().split()) <= said_words
