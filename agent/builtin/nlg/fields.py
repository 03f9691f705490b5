"""Result fields: the columns of a result as users see them; a name split over two columns is one field."""

from dataclasses import dataclass
from typing import Any

from agent.builtin.nlg.inflection import format_value, pluralize, truncate
from agent.builtin.nlg.labels import Labels
from agent.builtin.plan.model import ColumnRef, Item, Measure, Percentage, Plan


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
