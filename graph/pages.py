"""Rows cut into pieces for the wire, and the evidence card."""

from collections.abc import Iterator

from agent.analyst import Story
from graph.events import Evidence, RowsArrived
from graph.state import State
from store.approved import Approved
from store.rows import Rows, as_json

# A piece stays well below the wire's frame limit, and a page can draw it at once.
ROWS_A_PIECE = 100


def pages_of(rows: Rows) -> Iterator[RowsArrived]:
    """Cut a result into pieces; an empty one is still one piece, with its columns."""
    columns = tuple({"name": column.name, "kind": column.kind} for column in rows.columns)
    for offset in range(0, max(len(rows), 1), ROWS_A_PIECE):
        piece = rows.values[offset : offset + ROWS_A_PIECE]
        yield RowsArrived(
            columns=columns,
            rows=tuple(tuple(as_json(value) for value in row) for row in piece),
            offset=offset,
            final=offset + ROWS_A_PIECE >= len(rows),
            truncated=rows.truncated,
            ms=round(rows.ms, 1),
        )


def evidence_of(story: Story, state: State, analyst: str) -> Evidence:
    """Say why the answer is what it is."""
    draft, rows, verdict, found = story.draft, story.rows, state["verdict"], state["found"]
    approved = verdict if isinstance(verdict, Approved) else None
    return Evidence(
        question=story.intent.question,
        outcome=story.outcome,
        sql=approved.sql if approved else None,
        reading=draft.reading if draft else "",
        assumptions=draft.assumptions if draft else (),
        tables=approved.tables if approved else (),
        values=tuple(
            {"column": f"{hit.table}.{hit.column}", "value": hit.value, "words": hit.words}
            for hit in (found.values if found else ())
        ),
        row_count=len(rows) if rows is not None else None,
        truncated=rows.truncated if rows is not None else False,
        rounds=len(story.setbacks) + (1 if draft else 0),
        analyst=(draft.analyst if draft else "") or analyst,
        map_version=story.schema.version,
    )
