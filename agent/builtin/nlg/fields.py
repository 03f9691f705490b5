"""What a plan shows, as people see it: the two columns of a name are one thing."""

from dataclasses import dataclass
from typing import Any

from agent.builtin.nlg.inflection import clipped, plural, said
from agent.builtin.nlg.labels import Voice
from agent.builtin.plan.model import Col, Item, Measure, Plan, Share


@dataclass(frozen=True, slots=True)
class Field:
    """One thing shown. `at` are its columns in the result; `table` is set where it stands for a row."""

    noun: str
    at: tuple[int, ...]
    item: Item
    table: str | None = None
    # What to call it where the plan's table is not named beside it.
    alone: str = ""

    @property
    def many(self) -> str:
        """The noun in the plural."""
        return plural(self.noun)

    @property
    def is_measure(self) -> bool:
        """Whether it is reckoned from several rows."""
        return isinstance(self.item, Measure | Share)

    def value(self, row: tuple[Any, ...], voice: Voice) -> str:
        """What a row has here."""
        if len(self.at) > 1:
            parts = [str(row[at]) for at in self.at if row[at] is not None]
            return clipped(" ".join(parts)) or f"no {self.noun}"
        value = row[self.at[0]]
        if self.table and value is not None and not voice.is_dated(self.item):
            return said(value, plain=isinstance(value, int))
        return voice.value(self.item, value)


def fields_of(plan: Plan, voice: Voice) -> list[Field]:
    """All that a plan shows, in its order."""
    found: list[Field] = []
    taken: set[int] = set()
    for at, item in enumerate(plan.show):
        if at in taken:
            continue
        places = _whole_name(plan, item, voice)
        taken |= set(places)
        if places and isinstance(item, Col):
            own = item.table == voice.entity
            noun = voice.table(item.table) if own else voice.owner(item)
            found.append(Field(noun, places, item, item.table, noun))
        else:
            alone = voice.column(item, alone=True) if isinstance(item, Col) else voice.item(item)
            found.append(Field(voice.item(item), (at,), item, None, alone))
    return found


def _whole_name(plan: Plan, item: Item, voice: Voice) -> tuple[int, ...]:
    """Where the columns stand by which people know a row, if all of them are shown."""
    if not isinstance(item, Col):
        return ()
    display = voice.schema.facts[item.table].display
    places = [
        n
        for n, other in enumerate(plan.show)
        if isinstance(other, Col)
        and other.table == item.table
        and other.via == item.via
        and other.column in display
    ]
    whole = item.column in display and len(places) == len(display)
    if whole and len(display) == 1 and not _is_called_by(item, voice):
        return ()
    return tuple(places) if whole else ()


def _is_called_by(col: Col, voice: Voice) -> bool:
    """Whether a column is the name of its rows, and not only one of their properties, as a number is."""
    own_key = col.column in voice.schema.facts[col.table].keys
    return (
        own_key
        or voice.column(col) in {"name", voice.owner(col)}
        or voice.label(col).endswith(("name", "title"))
    )


def subject_of(fields: list[Field], plan: Plan) -> Field | None:
    """The field that stands for the rows of the plan's own table."""
    return next((field for field in fields if field.table == plan.entity), None)
