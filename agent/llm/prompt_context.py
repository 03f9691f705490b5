"""What a language model is told of the database, the conversation and the rows: text within a budget."""

import json
from collections.abc import Callable, Iterable, Iterator

from agent.analyst import Intent, Memory, Setback, Turn
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import Found, Join
from store.catalog import Table
from store.rows import Rows, as_json

NOTHING = "(none)"

# Each is a share of a prompt of some 8,000 tokens, the least that models of today take.
MOST_OVERVIEW = 8_000
MOST_PAGES = 16_000
MOST_CONVERSATION = 8_000
MOST_TERMS = 4_000
MOST_EXAMPLES = 4_000
MOST_REPLY = 600
MOST_ROWS = 20
MOST_ROWS_TEXT = 4_000
MOST_CELL = 200

# Says of a query whether what it brought may leave.
LetsOut = Callable[[str | None], bool]

# What is said of these setbacks is said by us.
OUR_WORDS = frozenset({"rejected", "unreadable", "empty"})


def tables_in_words(schema: SchemaMap) -> str:
    """One line a table; where all columns would be too much, the names of the tables alone."""
    full = [_table_line(schema, table) for table in schema.catalog]
    if sum(map(len, full)) <= MOST_OVERVIEW:
        return "\n".join(full) or NOTHING
    return _within(MOST_OVERVIEW, (table.full_name for table in schema.catalog))


def pages_in_words(found: Found) -> str:
    """The pages found, best first, as many whole ones as fit."""
    return _within(MOST_PAGES, (page.text.strip() + "\n" for page in found.pages))


def joins_in_words(found: Found) -> str:
    """One line a key."""
    return "\n".join(map(_join_line, found.joins)) or NOTHING


def values_in_words(found: Found) -> str:
    """One line a stored value, with the words of the question it may stand for."""
    lines = (
        f"{value.table}.{value.column} = {json.dumps(value.value[:MOST_CELL], ensure_ascii=False)}"
        f" (the question says {json.dumps(value.words, ensure_ascii=False)})"
        for value in found.values
    )
    return "\n".join(lines) or NOTHING


def terms_in_words(found: Found) -> str:
    """One line a term of the house."""
    return _within(MOST_TERMS, map(str, found.terms))


def examples_in_words(found: Found) -> str:
    """The examples found, the likest first, as many whole ones as fit."""
    pairs = (f"Question: {each.question}\nSQL: {each.sql}\n" for each in found.examples)
    return _within(MOST_EXAMPLES, pairs)


def everything(sql: str | None) -> bool:
    """Let all rows out."""
    return True


def conversation_in_words(memory: Memory, lets_out: LetsOut = everything) -> str:
    """The summary of what is long past, then the last turns: the newest whole, those before as far as fits.

    Where rows may not leave, the replies that were made from them stay here too.
    """
    turns: list[str] = []
    left = MOST_CONVERSATION
    for turn in reversed(memory.turns):
        told = _may_tell(turn, lets_out)
        lines = _turn_lines(turn, told, MOST_REPLY)
        if turns and len(lines) > left:
            lines = _turn_lines(turn, told and turn.row_count is None, MOST_REPLY)
        if turns and len(lines) > left:
            break
        turns.append(lines)
        left -= len(lines)
    return "\n\n".join(part for part in (memory.summary, *reversed(turns)) if part) or NOTHING


def plan_in_words(intent: Intent) -> str:
    """One line a step."""
    return "\n".join(f"{number}. {step}" for number, step in enumerate(intent.plan, 1)) or NOTHING


def tries_in_words(setbacks: Iterable[Setback], lets_out: LetsOut = everything) -> str:
    """What was tried, what went wrong, and what is near.

    Where rows may not leave, an engine's own words stay here too: they can quote what stands in one.
    """
    tries = (
        "\n".join(
            line
            for line in (
                f"Try {number}: {setback.sql}",
                f"Went wrong ({setback.kind}): {setback.reason}"
                if setback.kind in OUR_WORDS or lets_out(setback.sql)
                else f"Went wrong: {setback.kind}",
                f"Near: {setback.hint}" if setback.hint else "",
            )
            if line
        )
        for number, setback in enumerate(setbacks, 1)
    )
    return "\n\n".join(tries) or NOTHING


def rows_in_words(rows: Rows) -> str:
    """The columns and the first rows, each a JSON list, within the budget."""
    columns = json.dumps([column.name for column in rows.columns], ensure_ascii=False)
    return _within(MOST_ROWS_TEXT, (columns, *(_row_line(row) for row in rows.values[:MOST_ROWS])))


def _table_line(schema: SchemaMap, table: Table) -> str:
    keys = {key.columns[0]: key.other_table for key in table.foreign_keys if len(key.columns) == 1}
    columns = ", ".join(
        f"{column.name} (→ {keys[column.name]})" if column.name in keys else column.name
        for column in table.columns
    )
    told = schema.note(table.full_name).description or table.comment or ""
    return f"{table.full_name}: {columns}" + (f". {' '.join(told.split())}" if told else "")


def _join_line(join: Join) -> str:
    ours = ", ".join(f"{join.table}.{column}" for column in join.key.columns)
    theirs = ", ".join(f"{join.key.other_table}.{column}" for column in join.key.other_columns)
    return f"{ours} = {theirs}" + (" (a guess: nobody declared it)" if join.guessed else "")


def _may_tell(turn: Turn, lets_out: LetsOut) -> bool:
    """Say whether a reply may leave: one made from rows, or from a map that could still tell of values."""
    parts = turn.parts or (turn,)
    said = [part for part in parts if part.row_count is not None or part.outcome == "described"]
    return all(lets_out(part.sql) for part in said)


def _turn_lines(turn: Turn, with_reply: bool, most_reply: int) -> str:
    lines = [f"Person: {turn.question}"]
    for part in turn.parts or (turn,):
        lines.append(f"Understood as: {part.standalone}")
        if part.sql:
            lines.append(f"SQL: {part.sql}")
        if part.row_count is not None:
            lines.append(f"Result: {part.row_count} rows with the columns {', '.join(part.shape)}")
    if with_reply:
        lines.append(f"Reply: {turn.reply[:most_reply]}")
    return "\n".join(lines)


def _row_line(row: tuple[object, ...]) -> str:
    return json.dumps([_cell(as_json(value)) for value in row], ensure_ascii=False)


def _cell(value: object) -> object:
    """Numbers as they are; anything long is cut, so that one cell cannot push the others out."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= MOST_CELL else text[:MOST_CELL] + "…"


def _within(budget: int, lines: Iterable[str]) -> str:
    return "\n".join(_fitting(budget, lines)) or NOTHING


def _fitting(budget: int, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        budget -= len(line) + 1
        if budget < 0:
            yield "…"
            return
        yield line
