"""Reference queries of evaluations: gold SQL written by people, executed on a SQLite file."""

import asyncio
from pathlib import Path

from store.rows import Limits, Rows
from store.targets.sqlite.session import SqliteStatement, run_statement


async def run_reference_query(path: Path, sql: str, limits: Limits) -> Rows:
    """Run a reference query unchanged, in a read-only session. Raises `QueryFailed`, `TargetUnavailable`.

    It bypasses the guard on purpose: an evaluation that compares with validated and reprinted SQL could not
    detect queries that the guard breaks.
    """
    statement = SqliteStatement(sql, limits)
    try:
        return await asyncio.to_thread(run_statement, path, statement)
    finally:
        statement.stop.set()
