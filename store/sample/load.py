"""Loader of the sample shop into PostgreSQL or a SQLite file."""

import asyncio
import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from psycopg import AsyncConnection, OperationalError, sql
from psycopg.errors import DuplicateTable
from sqlalchemy import ColumnClause, column, insert
from sqlalchemy import table as table_clause
from sqlalchemy.dialects import sqlite

from store.embedded.server import EmbeddedServer
from store.errors import StoreUnavailable
from store.progress import Progress
from store.sample.generator import SampleTable, make_shop

SAMPLE_DIRECTORY = Path(__file__).parent
NOTES_FILE = SAMPLE_DIRECTORY / "schema.yml"
"""Notes on the tables and columns of the shop, in dbt's format."""
TABLES_FILE = SAMPLE_DIRECTORY / "shop.sql"
DATABASE = "shop"
READER = "shop_reader"
PROGRESS_LABEL = "Creating the sample shop"
# Advisory lock against two processes that create the shop at the same time; an arbitrary number.
LOCK = 7_468_670_001

GET_MARK = "SELECT obj_description('public'::regnamespace, 'pg_namespace')"
SET_MARK = "COMMENT ON SCHEMA public IS {}"
MARK_PREFIX = "Querent sample shop "
RESET_SCHEMA = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


@dataclass(frozen=True, slots=True)
class SampleDatabase:
    """Sample database: the URL of its read-only user; `is_new` if it has just been created."""

    url: str
    is_new: bool


async def create_sample_database(embedded: EmbeddedServer, progress: Progress) -> SampleDatabase:
    """Create the sample database in the embedded server, unless it exists."""
    await embedded.create_database(DATABASE)
    is_new = await load_postgres(embedded.url(DATABASE), progress)
    await embedded.create_reader(READER, DATABASE)
    return SampleDatabase(embedded.url(DATABASE, READER), is_new)


async def load_postgres(url: str, progress: Progress) -> bool:
    """Load the shop in one transaction; return False if it is up to date. An outdated shop is replaced.

    Raises `StoreUnavailable` if the server does not respond, or has other tables with the same names.
    """
    try:
        async with await AsyncConnection.connect(url) as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            mark = MARK_PREFIX + content_hash()
            row = await (await connection.execute(GET_MARK)).fetchone()
            if row == (mark,):
                return False
            if row and str(row[0]).startswith(MARK_PREFIX):
                await connection.execute(RESET_SCHEMA)
            await _fill(connection, progress)
            await connection.execute(sql.SQL(SET_MARK).format(sql.Literal(mark)))
            return True
    except OperationalError as error:
        raise StoreUnavailable("The sample shop cannot be created: PostgreSQL does not respond.") from error
    except DuplicateTable as error:
        raise StoreUnavailable(
            "The sample shop cannot be created: its database contains other tables."
        ) from error


def write_sqlite(path: Path, progress: Progress, *, overwrite: bool = False) -> None:
    """Write the shop to a SQLite file atomically.

    Raises `FileExistsError` if the file exists and `overwrite` is false, and another `OSError` if the folder
    does not exist or is not writable.
    """
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} already exists.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent}.")
    partial = path.with_name(f".{path.name}.part")
    partial.unlink(missing_ok=True)
    try:
        _write(partial, progress)
        partial.replace(path)
    except sqlite3.OperationalError as error:
        raise PermissionError(f"{path} cannot be written.") from error
    finally:
        partial.unlink(missing_ok=True)


def content_hash() -> str:
    """Return a hash of the files that define the shop, so that any change replaces existing shops."""
    digest = hashlib.sha256()
    for path in sorted(SAMPLE_DIRECTORY.iterdir()):
        if path.suffix in {".py", ".sql", ".yml"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


async def _fill(connection: AsyncConnection[Any], progress: Progress) -> None:
    await connection.execute(TABLES_FILE.read_bytes())
    tables = await asyncio.to_thread(lambda: list(make_shop()))
    total, done = sum(len(table.rows) for table in tables), 0
    for table in tables:
        progress(PROGRESS_LABEL, done, total)
        await _copy(connection, table)
        done += len(table.rows)
    await _add_comments(connection)
    await connection.execute("ANALYZE")
    progress(PROGRESS_LABEL, total, total)


async def _copy(connection: AsyncConnection[Any], table: SampleTable) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in table.rows:
            await copy.write_row(row)


async def _add_comments(connection: AsyncConnection[Any]) -> None:
    """Set the notes as comments on tables and columns."""
    for model in yaml.safe_load(NOTES_FILE.read_text(encoding="utf-8"))["models"]:
        name, comment = sql.Identifier(model["name"]), sql.Literal(model["description"])
        await connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, comment))
        for entry in model["columns"]:
            name = sql.Identifier(model["name"], entry["name"])
            comment = sql.Literal(entry["description"])
            await connection.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(name, comment))


def _write(path: Path, progress: Progress) -> None:
    tables = list(make_shop())
    total, done = sum(len(table.rows) for table in tables), 0
    connection = sqlite3.connect(path)
    try:
        connection.executescript(TABLES_FILE.read_text(encoding="utf-8"))
        connection.execute("PRAGMA foreign_keys = ON")
        for table in tables:
            progress(PROGRESS_LABEL, done, total)
            rows = ([_as_sqlite(value) for value in row] for row in table.rows)
            connection.executemany(_insert_statement(table), rows)
            done += len(table.rows)
        connection.commit()
        connection.execute("ANALYZE")
        connection.commit()
    finally:
        connection.close()
    progress(PROGRESS_LABEL, total, total)


def _insert_statement(table: SampleTable) -> str:
    columns: list[ColumnClause[Any]] = [column(name) for name in table.columns]
    return str(insert(table_clause(table.name, *columns)).compile(dialect=sqlite.dialect()))


def _as_sqlite(value: Any) -> Any:
    """Convert values for SQLite: dates to ISO 8601 text, decimals to floats."""
    match value:
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
    return value
