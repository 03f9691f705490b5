"""Prompt context: formats the schema, the conversation and result rows as text within size limits."""

import json
from collections.abc import Callable, Iterable, Iterator

from agent.analyst import Intent, Memory, Setback, Turn
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import Join, SearchResult
from store.catalog import Table
from store.rows import Rows, as_json

NOTHING = "(none)"

# In characters; together they fit a prompt of about 8,000 tokens, the smallest context of current models.
MAX_OVERVIEW = 8_000
MAX_DOCUMENTS = 16_000
MAX_CONVERSATION = 8_000
MAX_TERMS = 4_000
MAX_EXAMPLES = 4_000
MAX_REPLY = 600
MAX_ROWS = 20
MAX_ROWS_TEXT = 4_000
MAX_CELL = 200

# Tells whether the result of a query may be sent to the model.
MayShare = Callable[[str | None], bool]

# Setbacks whose reason is worded by the service; the others quote the database.
OWN_REASONS = frozenset({"rejected", "unreadable", "empty"})


def format_tables(schema: SchemaMap) -> str:
    """List the tables with their columns, or the table names only if that would be too long."""
    lines = [_table_line(schema, table) for table in schema.catalog]
    if sum(map(len, lines)) <= MAX_OVERVIEW:
        return "\n".join(lines) or NOTHING
    return _join_within(MAX_OVERVIEW, (table.full_name for table in schema.catalog))


def format_documents(retrieval: SearchResult) -> str:
    """Concatenate the retrieved table documents, best first, as many whole ones as fit."""
    return _join_within(MAX_DOCUMENTS, (document.text.strip() + "\n" for document in retrieval.documents))


def format_joins(retrieval: SearchResult) -> str:
    """List the foreign keys to join along."""
    return "\n".join(map(_join_line, retrieval.joins)) or NOTHING


def format_values(retrieval: SearchResult) -> str:
    """List stored values, each with the words of the question it may stand for."""
    lines = (
        f"{value.table}.{value.column} = {json.dumps(value.value[:MAX_CELL], ensure_ascii=False)}"
        f" (the question says {json.dumps(value.phrase, ensure_ascii=False)})"
        for value in retrieval.values
    )
    return "\n".join(lines) or NOTHING


def format_terms(retrieval: SearchResult) -> str:
    """List the glossary terms."""
    return _join_within(MAX_TERMS, map(str, retrieval.terms))


def format_examples(retrieval: SearchResult) -> str:
    """List the example queries, most similar first, as many whole ones as fit."""
    examples = (f"Question: {example.question}\nSQL: {example.sql}\n" for example in retrieval.examples)
    return _join_within(MAX_EXAMPLES, examples)


def share_all(sql: str | None) -> bool:
    """Allow every result to be sent to the model."""
    return True


def format_conversation(memory: Memory, may_share: MayShare = share_all) -> str:
    """Format the summary and the recent turns: the newest one in full, older ones as far as they fit.

    Replies worded from rows that may not be shared are left out.
    """
    turns: list[str] = []
    remaining = MAX_CONVERSATION
    for turn in reversed(memory.turns):
        with_reply = _may_share_reply(turn, may_share)
        text = _format_turn(turn, with_reply)
        if turns and len(text) > remaining:
            text = _format_turn(turn, with_reply and turn.row_count is None)
        if turns and len(text) > remaining:
            break
        turns.append(text)
        remaining -= len(text)
    return "\n\n".join(part for part in (memory.summary, *reversed(turns)) if part) or NOTHING


def format_plan(intent: Intent) -> str:
    """Number the steps of the plan."""
    return "\n".join(f"{number}. {step}" for number, step in enumerate(intent.plan, 1)) or NOTHING


def format_attempts(setbacks: Iterable[Setback], may_share: MayShare = share_all) -> str:
    """List the failed attempts with their problems and hints.

    Where rows may not be shared, database error messages are left out, because they can quote values.
    """
    attempts = (
        "\n".join(
            line
            for line in (
                f"Attempt {number}: {setback.sql}",
                f"Problem ({setback.kind}): {setback.reason}"
                if setback.kind in OWN_REASONS or may_share(setback.sql)
                else f"Problem: {setback.kind}",
                f"Hint: {setback.hint}" if setback.hint else "",
            )
            if line
        )
        for number, setback in enumerate(setbacks, 1)
    )
    return "\n\n".join(attempts) or NOTHING


def format_rows(rows: Rows) -> str:
    """Format the column names and the first rows, each as a JSON list."""
    columns = json.dumps([column.name for column in rows.columns], ensure_ascii=False)
    return _join_within(MAX_ROWS_TEXT, (columns, *(_row_line(row) for row in rows.values[:MAX_ROWS])))


def _table_line(schema: SchemaMap, table: Table) -> str:
    keys = {key.columns[0]: key.referenced_table for key in table.foreign_keys if len(key.columns) == 1}
    columns = ", ".join(
        f"{column.name} (→ {keys[column.name]})" if column.name in keys else column.name
        for column in table.columns
    )
    description = schema.note(table.full_name).description or table.comment or ""
    return f"{table.full_name}: {columns}" + (f". {' '.join(description.split())}" if description else "")


def _join_line(join: Join) -> str:
    columns = ", ".join(f"{join.table}.{column}" for column in join.key.columns)
    referenced = ", ".join(f"{join.key.referenced_table}.{column}" for column in join.key.referenced_columns)
    return f"{columns} = {referenced}" + (" (inferred, not declared)" if join.inferred else "")


def _may_share_reply(turn: Turn, may_share: MayShare) -> bool:
    """Tell whether a reply may be shared; a schema answer could mention stored values, as rows do."""
    parts = turn.parts or (turn,)
    from_data = [part for part in parts if part.row_count is not None or part.outcome == "schema_answer"]
    return all(may_share(part.sql) for part in from_data)


def _format_turn(turn: Turn, with_reply: bool) -> str:
    lines = [f"User: {turn.question}"]
    for part in turn.parts or (turn,):
        lines.append(f"Understood as: {part.standalone}")
        if part.sql:
            lines.append(f"SQL: {part.sql}")
        if part.row_count is not None:
            lines.append(f"Result: {part.row_count} rows with the columns {', '.join(part.result_columns)}")
    if with_reply:
        lines.append(f"Reply: {turn.reply[:MAX_REPLY]}")
    return "\n".join(lines)


def _row_line(row: tuple[object, ...]) -> str:
    return json.dumps([_cell(as_json(value)) for value in row], ensure_ascii=False)


def _cell(value: object) -> object:
    """Truncate a long value, so that one cell cannot displace the others."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= MAX_CELL else text[:MAX_CELL] + "…"


def _join_within(limit: int, lines: Iterable[str]) -> str:
    return "\n".join(_take_within(limit, lines)) or NOTHING


def _take_within(limit: int, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        limit -= len(line) + 1
        if limit < 0:
            yield "…"
            return
        yield line
