"""Tables put into words: the page an analyst reads before writing a query."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from schema_docs.scan.sampling import is_private, likely_distinct
from schema_docs.schema_map import Note, SchemaMap
from schema_docs.search.results import Page
from store.catalog import Column, Table
from store.targets.target import ColumnProfile

# A page never takes more of a prompt than this.
PAGE_TOKENS = 600
# One table of many is outlined in this.
OUTLINE_TOKENS = 200
# Frequent values shown for a column; a column with few values shows them all.
_SHOWN_VALUES = 8
_VALUE_LETTERS = 40
_DESCRIPTION_LETTERS = 400
_TERMS_LETTERS = 160
_QUANTILES = 5
_ALSO = "- also: "
_RANGED = frozenset({"integer", "number", "date", "timestamp", "time"})


def count_tokens(text: str) -> int:
    """Estimate what a text takes of a prompt: four letters a token, rounded up."""
    return -(-len(text) // 4)


def write_page(
    table: Table, schema: SchemaMap, budget_tokens: int = PAGE_TOKENS, first: Collection[str] = ()
) -> Page:
    """Describe a table within the budget.

    A table too wide for it shows keys and the columns named `first` in full, then as many others as there is
    room for, and only names the rest.
    """
    head = _head(table, schema)
    columns = _by_importance(table, first)
    room = budget_tokens - count_tokens(head)
    lines = {column.name: _line(column, table, schema) for column in columns}
    if sum(count_tokens(line) + 1 for line in lines.values()) <= room:
        shown = lines
        rest: list[str] = []
    else:
        # A third is kept for the names of those that have no line of their own.
        shown = dict(_fitting(lines, room * 2 // 3))
        rest = [column.name for column in table.columns if column.name not in shown]
        room -= sum(count_tokens(line) + 1 for line in shown.values())
    body = [shown[column.name] for column in table.columns if column.name in shown]
    return Page(table.full_name, "\n".join([head, *body, *_named(rest, room)]))


def write_outline(
    table: Table, schema: SchemaMap, budget_tokens: int | None = None, first: Collection[str] = ()
) -> Page:
    """Give no more than what SQL needs, on one line: names, types, keys; within a budget, if there is one.

    A table too wide for the budget shows the columns named `first`, keys, and others as far as there is room.
    """
    start = f"{name_in_sql(table, schema)}("
    shown = {column.name: f"{column.name} {_type_and_key(column, table, schema)}" for column in table.columns}
    if budget_tokens is not None:
        lines = {column.name: shown[column.name] for column in _by_importance(table, first)}
        shown = dict(_fitting(lines, budget_tokens - count_tokens(start) - 6))
    more = len(table.columns) - len(shown)
    texts = [shown[column.name] for column in table.columns if column.name in shown]
    ending = [f"and {more} more columns"] if more else []
    return Page(table.full_name, start + ", ".join([*texts, *ending]) + ")")


def is_cut(page: Page) -> bool:
    """Tell whether a page only names some of its table's columns."""
    return page.text.rpartition("\n")[2].startswith(_ALSO)


def name_in_sql(table: Table, schema: SchemaMap) -> str:
    """Give the shortest name that a query may use."""
    return table.name if table.schema == schema.catalog.default_schema else table.full_name


def _head(table: Table, schema: SchemaMap) -> str:
    note = schema.note(table.full_name)
    facts = [
        "view" if table.is_view else "",
        f"about {table.row_estimate:,} rows" if table.row_estimate is not None else "",
    ]
    counted = ", ".join(fact for fact in facts if fact)
    terms = "; ".join(term.name for term in schema.terms_of(table.full_name))[:_TERMS_LETTERS]
    about = [*_about(table.name, note, table.comment), terms and f"Terms: {terms}."]
    parts = [*about, counted and f"({counted})"]
    said = " ".join(part for part in parts if part)
    return f"{name_in_sql(table, schema)}: {said}" if said else name_in_sql(table, schema)


def _about(name: str, note: Note, comment: str | None) -> Iterator[str]:
    if note.label and note.label.casefold() != name.casefold().replace("_", " "):
        yield f"{note.label}."
    description = " ".join((note.description or comment or "").split())[:_DESCRIPTION_LETTERS]
    if description:
        yield description if description.endswith((".", "!", "?")) else f"{description}."
    if note.synonyms:
        yield f"Also called: {', '.join(note.synonyms)}."


def _line(column: Column, table: Table, schema: SchemaMap) -> str:
    note = schema.note(table.full_name, column.name)
    profile = schema.profile(table.full_name, column.name)
    unit = f", in {note.unit}" if note.unit else ""
    said = [*_about(column.name, note, column.comment), *_facts(column, note, profile, table.row_estimate)]
    if profile and column.kind in _RANGED and profile.smallest is not None and not _is_key(column, table):
        said.append(f"From {_short(profile.smallest)} to {_short(profile.largest)}.")
        if len(profile.quantiles) == _QUANTILES:
            said.append(f"Half of it from {_short(profile.quantiles[1])} to {_short(profile.quantiles[3])}.")
    return f"- {column.name} {_type_and_key(column, table, schema)}{unit}" + (
        f": {' '.join(said)}" if said else ""
    )


def _type_and_key(column: Column, table: Table, schema: SchemaMap) -> str:
    words = [column.type or column.kind]
    if column.name in table.primary_key:
        words.append("primary key" if len(table.primary_key) == 1 else "part of the primary key")
    elif (column.name,) in table.unique:
        words.append("unique")
    for key in table.foreign_keys:
        if column.name in key.columns:
            other = schema.catalog.table(key.other_table)
            named = name_in_sql(other, schema) if other else key.other_table
            words.append(f"-> {named}.{key.other_columns[key.columns.index(column.name)]}")
    for key in schema.guesses.get(table.full_name, ()):
        if column.name in key.columns:
            words.append(f"may be -> {key.other_table}.{key.other_columns[0]}")
    return " ".join(words)


def _is_key(column: Column, table: Table) -> bool:
    """Tell whether it is part of a key; how far such numbers reach tells nothing."""
    return column.name in {*table.primary_key, *(name for key in table.foreign_keys for name in key.columns)}


def _facts(column: Column, note: Note, profile: ColumnProfile | None, rows: int | None) -> Iterator[str]:
    known = note.accepted or column.labels
    if known:
        yield f"One of {_quoted(known)}."
    if profile is None:
        return
    if not known and column.kind == "text" and profile.values and not is_private(column, profile):
        whole = profile.distinct <= min(len(profile.values), _SHOWN_VALUES)
        many = "" if whole or rows is None else f" of about {_rounded(likely_distinct(profile, rows))}"
        yield f"{'One of' if whole else 'For example'} {_quoted(profile.values)}{many}."
    if profile.pattern and not note.accepted:
        yield f"{profile.pattern}."
    if profile.null_share >= 0.005:
        yield f"{profile.null_share:.0%} empty."


def _rounded(count: int) -> str:
    """Give the first two digits only: more would be pretence."""
    return f"{float(f'{count:.2g}'):,.0f}"


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(f"'{_short(value)}'" for value in values[:_SHOWN_VALUES])


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _VALUE_LETTERS else text[: _VALUE_LETTERS - 1] + "…"


def _by_importance(table: Table, first: Collection[str]) -> list[Column]:
    """Put the columns asked for first, then keys, then the rest in the table's order."""
    return sorted(table.columns, key=lambda column: (column.name not in first, not _is_key(column, table)))


def _fitting(lines: dict[str, str], room: int) -> Iterator[tuple[str, str]]:
    """Give the lines that fit, in order, until the first that does not."""
    for name, line in lines.items():
        room -= count_tokens(line) + 1
        if room < 0:
            return
        yield name, line


def _named(rest: Sequence[str], room: int) -> Iterator[str]:
    """Name the columns that have no line of their own, as far as there is room."""
    if not rest:
        return
    names = [name for name, _ in _fitting({name: name for name in rest}, room - 12)]
    more = [f"{len(rest) - len(names)} more"] if len(names) < len(rest) else []
    yield f"{_ALSO}{', '.join([*names, *more])}"
