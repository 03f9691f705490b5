"""Labels for the parts of a plan: tables, columns, measures and values in the users' words."""

from dataclasses import dataclass
from typing import Any

from agent.builtin.nlg.dates import format_bucket, format_date_text
from agent.builtin.nlg.inflection import format_value, pluralize, truncate
from agent.builtin.plan.model import (
    AgeInYears,
    ColumnRef,
    DateBucket,
    DaysBetween,
    Item,
    LineAmount,
    Measure,
    Percentage,
    Plan,
    columns_of,
)
from agent.builtin.schema.model import Schema

_AGGREGATE_ADJECTIVES = {
    "count": "number of",
    "sum": "total",
    "avg": "average",
    "min": "lowest",
    "max": "highest",
}
_DATE_ADJECTIVES = {"min": "earliest", "max": "latest"}
# These words alone are too general, so `order number` keeps its owner.
_GENERIC_NOUNS = frozenset({"number", "date", "id", "name", "code", "type", "line", "time", "key"})
_IRREGULAR_PARTICIPLES = frozenset(
    {"sold", "sent", "paid", "built", "made", "born", "begun", "bought", "won", "lost", "left"}
)
_DATE_FILLER = frozenset({"date", "time", "day", "at", "on", "of", "the", "datetime", "timestamp", "when"})


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of items, relative to the entity of a plan."""

    schema: Schema
    entity: str

    def table(self, name: str) -> str:
        """Label a table, in the singular."""
        return self.schema.table_label(name)

    def is_display_column(self, col: ColumnRef) -> bool:
        """Check whether a column is the only display column of its table."""
        return self.schema.roles[col.table].display_columns == (col.column,)

    def label(self, col: ColumnRef) -> str:
        """Get a column's own label."""
        return self.schema.column_label(col.table, col.column)

    def column(self, col: ColumnRef, *, alone: bool = False) -> str:
        """Name a column by a noun, qualified by its table where needed.

        With `alone` the sentence does not name the entity elsewhere, so `payment method` stays complete.
        """
        label, owner = self._label_in_words(col), self.owner(col)
        if self.is_display_column(col) and col.column not in self.schema.roles[col.table].key_columns:
            is_plain_name = label in {self.table(col.table), "name", f"{self.table(col.table)} name"}
            if is_plain_name:
                return "name" if col.table == self.entity else owner
        if happened := self.event_verb(col):
            label = "date of birth" if happened == "born" else f"{happened.replace(' ', '-')} date"
        if col.table == self.entity and not col.via:
            return label.removeprefix(f"{owner}'s ") if alone else _strip_owner(label, owner)
        return label if has_words(label, owner) else f"{owner} {label}"

    def _label_in_words(self, col: ColumnRef) -> str:
        """Label a column; a foreign key ending in `id` is called a number."""
        label = self.label(col)
        is_key = col.column in self.schema.roles[col.table].key_columns and label.endswith(" id")
        return f"{label.removesuffix(' id')} number" if is_key else label

    def owner(self, col: ColumnRef) -> str:
        """Name the table of a column, or its role: `home team`."""
        if not col.via:
            return self.table(col.table)
        for table in (self.entity, *self.schema.roles):
            if self.schema.roles[table].table.column(col.via):
                words = [w for w in self.schema.names.column_words[table, col.via] if w not in {"id", "code"}]
                return " ".join(words) or self.table(col.table)
        return self.table(col.table)

    def event_verb(self, col: ColumnRef) -> str | None:
        """Derive the event that a date column records: `signed up`; None if its label is not a participle."""
        if not self.schema.roles[col.table].is_date(col.column):
            return None
        words = self.label(col).lower().split()
        if set(words) & {"birth", "birthday", "born", "birthdate"}:
            return "born"
        while words and words[-1] in {"at", "on", "date", "time"} and len(words) > 1:
            words = words[:-1]
        first = words[0] if words else ""
        is_participle = (first.endswith("ed") and len(first) > 4) or first in _IRREGULAR_PARTICIPLES
        return " ".join(words) if is_participle and len(words) <= 2 else None

    def is_own_date(self, col: Item) -> bool:
        """Check whether a date is the entity's main date, so that `orders in 2025` is unambiguous."""
        if not isinstance(col, ColumnRef) or col.table != self.entity or self.event_verb(col):
            return False
        words = (
            set(self.label(col).lower().split()) - _DATE_FILLER - set(self.table(col.table).lower().split())
        )
        return not words and self.schema.roles[col.table].date_columns[:1] == (col.column,)

    def item(self, item: Item) -> str:
        """Name an item by a noun."""
        match item:
            case ColumnRef():
                return self.column(item)
            case DateBucket(_, unit):
                return unit
            case Measure():
                return self.measure(item)
            case LineAmount():
                return "amount"
            case AgeInYears():
                return "age"
            case DaysBetween(start, end):
                return f"time from {self.item(start)} to {self.item(end)}"
            case Percentage(_, of):
                return f"percentage of {pluralize(self.table(of))}"

    def measure(self, measure: Measure) -> str:
        """Name an aggregate by a noun: `number of orders`, `average price`, `latest order date`."""
        term = measure.term
        if measure.function == "count":
            noun = self.counted_noun(measure)
            values = pluralize(noun) if noun else f"different {pluralize(self._counted_values_noun(term))}"
            return f"number of {values}"
        if measure.function == "sum":
            return self._total_noun(term)
        is_date = measure.function in _DATE_ADJECTIVES and self.is_date_item(term)
        adjectives = _DATE_ADJECTIVES if is_date else _AGGREGATE_ADJECTIVES
        return f"{adjectives[measure.function]} {self.item(term) if term else 'row'}"

    def counted_noun(self, measure: Measure) -> str | None:
        """Name the rows that a count counts; None if it counts distinct values."""
        table, term = measure.table or self.entity, measure.term
        primary_key = self.schema.roles[table].table.primary_key
        counts_rows = term is None or (
            isinstance(term, ColumnRef) and term.table == table and term.column in primary_key
        )
        return self.table(table) if counts_rows else None

    def _counted_values_noun(self, term: Item | None) -> str:
        if isinstance(term, ColumnRef) and self.is_display_column(term) and term.table == self.entity:
            return f"{self.table(term.table)} name" if self.column(term) == "name" else self.column(term)
        return self.item(term) if term else "row"

    def _total_noun(self, term: Item | None) -> str:
        """Name a sum; a column labelled `total` is called by a synonym instead."""
        if isinstance(term, ColumnRef) and "total" in self.label(term).lower().split():
            names = self.schema.map.note(term.table, term.column).synonyms
            return f"total {names[0]}" if names else f"sum of {pluralize(self.column(term))}"
        return f"total {self.item(term)}" if term else "total"

    def is_date_item(self, item: Item | None) -> bool:
        """Check whether an item is a date."""
        if isinstance(item, Measure):
            return item.function in _DATE_ADJECTIVES and self.is_date_item(item.term)
        if isinstance(item, ColumnRef):
            return self.schema.roles[item.table].is_date(item.column)
        return isinstance(item, DateBucket) and item.unit in {"day", "week", "month", "quarter", "year"}

    def is_rankable(self, item: Item) -> bool:
        """Check whether an item has an order, so that one row can have the highest."""
        if isinstance(item, ColumnRef):
            facts = self.schema.roles[item.table]
            return facts.is_measure(item.column) or facts.is_date(item.column) or facts.is_year(item.column)
        return not isinstance(item, DateBucket) or item.unit not in {"weekday", "hour"}

    def unit(self, item: Item) -> str:
        """Get the unit of an item, with a leading space; empty if it has none."""
        match item:
            case Measure("count", _, _):
                return ""
            case Percentage():
                return " %"
            case AgeInYears() | Measure(_, AgeInYears(), _):
                return " years"
            case DaysBetween() | Measure(_, DaysBetween(), _):
                return " days"
            case LineAmount(_, price, _) | Measure(_, LineAmount(_, price, _), _):
                item = price
        col = next(columns_of(item), None)
        unit = self.schema.map.note(col.table, col.column).unit if col else None
        return f" {unit}" if unit else ""

    def value(self, item: Item, value: Any) -> str:
        """Format a value of an item, with its unit."""
        if value is None:
            return f"no {self.item(item)}"
        if isinstance(item, DateBucket):
            return format_bucket(item.unit, value)
        if self.is_date_item(item):
            return format_value(value) if not isinstance(value, str) else format_date_text(value)
        text = format_value(value, plain=isinstance(item, ColumnRef) and self.is_unformatted(item))
        is_number = isinstance(value, bool | str) is False
        return text + (self.unit(item) if is_number else "")

    def is_unformatted(self, col: ColumnRef) -> bool:
        """Check whether numbers of a column are identifiers or years, written without separators."""
        facts = self.schema.roles[col.table]
        return not facts.is_measure(col.column) or facts.is_year(col.column)


def _strip_owner(label: str, owner: str) -> str:
    """Strip the owner: `supplier's country` becomes `country`, but `order number` stays."""
    noun = label.removeprefix(f"{owner}'s ").removeprefix(f"{owner} ")
    return label if noun in _GENERIC_NOUNS else noun


def has_words(label: str, owner: str) -> bool:
    """Check whether a label already names its owner, as `order date` does."""
    words = {word.removesuffix("'s") for word in label.lower().split()}
    return set(owner.lower().split()) <= words


@dataclass(frozen=True, slots=True)
class ResultField:
    """Field of a result. `positions` are its columns; `table` is set if the field identifies a row."""

    noun: str
    positions: tuple[int, ...]
    item: Item
    table: str | None = None
    # Noun to use where the sentence does not name the plan's entity.
    standalone_noun: str = ""

    @property
    def plural_noun(self) -> str:
        """Noun in the plural."""
        return pluralize(self.noun)

    @property
    def is_measure(self) -> bool:
        """Whether the field is an aggregate."""
        return isinstance(self.item, Measure | Percentage)

    def value(self, row: tuple[Any, ...], labels: Labels) -> str:
        """Format the field's value in a row."""
        if len(self.positions) > 1:
            parts = [str(row[position]) for position in self.positions if row[position] is not None]
            return truncate(" ".join(parts)) or f"no {self.noun}"
        value = row[self.positions[0]]
        if self.table and value is not None and not labels.is_date_item(self.item):
            return format_value(value, plain=isinstance(value, int))
        return labels.value(self.item, value)


def result_fields(plan: Plan, labels: Labels) -> list[ResultField]:
    """List the fields of a plan's result, in order."""
    fields: list[ResultField] = []
    covered: set[int] = set()
    for position, item in enumerate(plan.select):
        if position in covered:
            continue
        positions = _display_positions(plan, item, labels)
        covered |= set(positions)
        if positions and isinstance(item, ColumnRef):
            is_entity = item.table == labels.entity
            noun = labels.table(item.table) if is_entity else labels.owner(item)
            fields.append(ResultField(noun, positions, item, item.table, noun))
        else:
            alone = labels.column(item, alone=True) if isinstance(item, ColumnRef) else labels.item(item)
            fields.append(ResultField(labels.item(item), (position,), item, None, alone))
    return fields


def _display_positions(plan: Plan, item: Item, labels: Labels) -> tuple[int, ...]:
    """Find the positions of a table's display columns, if all of them are selected."""
    if not isinstance(item, ColumnRef):
        return ()
    display = labels.schema.roles[item.table].display_columns
    positions = [
        position
        for position, other in enumerate(plan.select)
        if isinstance(other, ColumnRef)
        and other.table == item.table
        and other.via == item.via
        and other.column in display
    ]
    is_complete = item.column in display and len(positions) == len(display)
    if is_complete and len(display) == 1 and not _is_row_name(item, labels):
        return ()
    return tuple(positions) if is_complete else ()


def _is_row_name(col: ColumnRef, labels: Labels) -> bool:
    """Check whether a column is the name of its rows, rather than a property such as a number."""
    own_key = col.column in labels.schema.roles[col.table].key_columns
    return (
        own_key
        or labels.column(col) in {"name", labels.owner(col)}
        or labels.label(col).endswith(("name", "title"))
    )


def subject_field(fields: list[ResultField], plan: Plan) -> ResultField | None:
    """Find the field that identifies the rows of the plan's entity."""
    return next((field for field in fields if field.table == plan.entity), None)
