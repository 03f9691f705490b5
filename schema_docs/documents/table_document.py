"""Table documents: descriptions of tables that an analyst reads before it writes a query."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from schema_docs.scan.profiler import estimate_distinct, is_sensitive
from schema_docs.schema_map import Note, SchemaMap
from schema_docs.search.results import TableDocument
from store.catalog import Column, Table
from store.targets.target import ColumnProfile

# Maximum size of a table document.
MAX_DOCUMENT_TOKENS = 600
# Maximum size of an outline, used when many tables are included.
MAX_OUTLINE_TOKENS = 200
# Frequent values shown for a column; a column with few values shows them all.
_MAX_VALUES = 8
_MAX_VALUE_LENGTH = 40
_MAX_DESCRIPTION_LENGTH = 400
_MAX_TERMS_LENGTH = 160
_QUANTILE_COUNT = 5
_FURTHER_COLUMNS = "- also: "
_RANGE_KINDS = frozenset({"integer", "number", "date", "timestamp", "time"})


def count_tokens(text: str) -> int:
    """Estimate the prompt tokens of a text: four letters a token, rounded up."""
    return -(-len(text) // 4)


def write_table_document(
    table: Table, schema: SchemaMap, budget_tokens: int = MAX_DOCUMENT_TOKENS, first: Collection[str] = ()
) -> TableDocument:
    """Describe a table within the budget.

    A table too wide for it shows keys and the `first` columns in full, then as many others as fit, and only
    names the rest.
    """
    head = _write_head(table, schema)
    columns = _by_importance(table, first)
    remaining = budget_tokens - count_tokens(head)
    lines = {column.name: _write_column(column, table, schema) for column in columns}
    if sum(count_tokens(line) + 1 for line in lines.values()) <= remaining:
        full_lines = lines
        remaining_names: list[str] = []
    else:
        # A third is reserved for the names of columns without a line of their own.
        full_lines = dict(_take_fitting(lines, remaining * 2 // 3))
        remaining_names = [column.name for column in table.columns if column.name not in full_lines]
        remaining -= sum(count_tokens(line) + 1 for line in full_lines.values())
    body = [full_lines[column.name] for column in table.columns if column.name in full_lines]
    return TableDocument(
        table.full_name, "\n".join([head, *body, *_name_remaining(remaining_names, remaining)])
    )


def write_table_outline(
    table: Table, schema: SchemaMap, budget_tokens: int | None = None, first: Collection[str] = ()
) -> TableDocument:
    """Describe a table on one line, with no more than SQL needs: names, types, keys.

    A table too wide for the budget shows the `first` columns, keys, and others as far as they fit.
    """
    start = f"{name_in_sql(table, schema)}("
    entries = {
        column.name: f"{column.name} {_write_type_and_keys(column, table, schema)}"
        for column in table.columns
    }
    if budget_tokens is not None:
        lines = {column.name: entries[column.name] for column in _by_importance(table, first)}
        entries = dict(_take_fitting(lines, budget_tokens - count_tokens(start) - 6))
    omitted = len(table.columns) - len(entries)
    texts = [entries[column.name] for column in table.columns if column.name in entries]
    ending = [f"and {omitted} more columns"] if omitted else []
    return TableDocument(table.full_name, start + ", ".join([*texts, *ending]) + ")")


def is_truncated(page: TableDocument) -> bool:
    """Return whether a document only names some of its table's columns."""
    return page.text.rpartition("\n")[2].startswith(_FURTHER_COLUMNS)


def name_in_sql(table: Table, schema: SchemaMap) -> str:
    """Return the shortest name a query may use."""
    return table.name if table.schema == schema.catalog.default_schema else table.full_name


def _write_head(table: Table, schema: SchemaMap) -> str:
    note = schema.note(table.full_name)
    properties = [
        "view" if table.is_view else "",
        f"about {table.row_estimate:,} rows" if table.row_estimate is not None else "",
    ]
    summary = ", ".join(fact for fact in properties if fact)
    terms = "; ".join(term.name for term in schema.terms_of(table.full_name))[:_MAX_TERMS_LENGTH]
    descriptions = [*_describe(table.name, note, table.comment), terms and f"Terms: {terms}."]
    parts = [*descriptions, summary and f"({summary})"]
    text = " ".join(part for part in parts if part)
    return f"{name_in_sql(table, schema)}: {text}" if text else name_in_sql(table, schema)


def _describe(name: str, note: Note, comment: str | None) -> Iterator[str]:
    if note.label and note.label.casefold() != name.casefold().replace("_", " "):
        yield f"{note.label}."
    description = " ".join((note.description or comment or "").split())[:_MAX_DESCRIPTION_LENGTH]
    if description:
        yield description if description.endswith((".", "!", "?")) else f"{description}."
    if note.synonyms:
        yield f"Also called: {', '.join(note.synonyms)}."


def _write_column(column: Column, table: Table, schema: SchemaMap) -> str:
    note = schema.note(table.full_name, column.name)
    profile = schema.profile(table.full_name, column.name)
    unit = f", in {note.unit}" if note.unit else ""
    sentences = [
        *_describe(column.name, note, column.comment),
        *_describe_values(column, note, profile, table.row_estimate),
    ]
    if (
        profile
        and column.kind in _RANGE_KINDS
        and profile.smallest is not None
        and not _is_key(column, table)
    ):
        sentences.append(f"From {_shorten(profile.smallest)} to {_shorten(profile.largest)}.")
        if len(profile.quantiles) == _QUANTILE_COUNT:
            sentences.append(
                f"Half of it from {_shorten(profile.quantiles[1])} to {_shorten(profile.quantiles[3])}."
            )
    return f"- {column.name} {_write_type_and_keys(column, table, schema)}{unit}" + (
        f": {' '.join(sentences)}" if sentences else ""
    )


def _write_type_and_keys(column: Column, table: Table, schema: SchemaMap) -> str:
    parts = [column.type or column.kind]
    if column.name in table.primary_key:
        parts.append("primary key" if len(table.primary_key) == 1 else "part of the primary key")
    elif (column.name,) in table.unique:
        parts.append("unique")
    for key in table.foreign_keys:
        if column.name in key.columns:
            target = schema.catalog.table(key.referenced_table)
            target_name = name_in_sql(target, schema) if target else key.referenced_table
            parts.append(f"-> {target_name}.{key.referenced_columns[key.columns.index(column.name)]}")
    for key in schema.inferred_keys.get(table.full_name, ()):
        if column.name in key.columns:
            parts.append(f"may be -> {key.referenced_table}.{key.referenced_columns[0]}")
    return " ".join(parts)


def _is_key(column: Column, table: Table) -> bool:
    """Return whether a column is part of a key; the range of such numbers is meaningless."""
    return column.name in {*table.primary_key, *(name for key in table.foreign_keys for name in key.columns)}


def _describe_values(
    column: Column, note: Note, profile: ColumnProfile | None, rows: int | None
) -> Iterator[str]:
    allowed = note.accepted_values or column.labels
    if allowed:
        yield f"One of {_quote(allowed)}."
    if profile is None:
        return
    if not allowed and column.kind == "text" and profile.values and not is_sensitive(column, profile):
        is_complete = profile.distinct_count <= min(len(profile.values), _MAX_VALUES)
        total = "" if is_complete or rows is None else f" of about {_round(estimate_distinct(profile, rows))}"
        yield f"{'One of' if is_complete else 'For example'} {_quote(profile.values)}{total}."
    if profile.pattern and not note.accepted_values:
        yield f"{profile.pattern}."
    if profile.null_share >= 0.005:
        yield f"{profile.null_share:.0%} empty."


def _round(count: int) -> str:
    """Return the first two significant digits only: more would suggest false precision."""
    return f"{float(f'{count:.2g}'):,.0f}"


def _quote(values: Sequence[str]) -> str:
    return ", ".join(f"'{_shorten(value)}'" for value in values[:_MAX_VALUES])


def _shorten(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _MAX_VALUE_LENGTH else text[: _MAX_VALUE_LENGTH - 1] + "…"


def _by_importance(table: Table, first: Collection[str]) -> list[Column]:
    """Return the `first` columns, then keys, then the rest in the table's order."""
    return sorted(table.columns, key=lambda column: (column.name not in first, not _is_key(column, table)))


def _take_fitting(lines: dict[str, str], remaining: int) -> Iterator[tuple[str, str]]:
    """Return the lines that fit, in order, until the first that does not."""
    for name, line in lines.items():
        remaining -= count_tokens(line) + 1
        if remaining < 0:
            return
        yield name, line


def _name_remaining(columns: Sequence[str], remaining: int) -> Iterator[str]:
    """List the names of columns without a line of their own, as far as they fit."""
    if not columns:
        return
    names = [name for name, _ in _take_fitting({name: name for name in columns}, remaining - 12)]
    omitted = [f"{len(columns) - len(names)} more"] if len(names) < len(columns) else []
    yield f"{_FURTHER_COLUMNS}{', '.join([*names, *omitted])}"
