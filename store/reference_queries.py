"""Runs queries that a person wrote down as known to be right, on a SQLite file."""

import asyncio
from pathlib import Path

from store.rows import Limits, Rows
from store.targets.sqlite.session import Statement, run_statement


async def run_known_query(path: Path, sql: str, limits: Limits) -> Rows:
    """Run it as it stands, read-only: neither judged nor printed anew, or it could not tell what that spoils.

    Raises `QueryFailed`, `TargetUnavailable`.
    """
    statement = Statement(sql, limits)
    try:
        return await asyncio.to_thread(run_statement, path, statement)
    finally:
        statement.stop.set()
