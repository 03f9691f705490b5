"""Put the sample shop into PostgreSQL, or into a SQLite file."""

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
from sqlalchemy import ColumnClause, column, insert, table
from sqlalchemy.dialects import sqlite

from store.embedded.server import Embedded
from store.errors import StoreUnavailable
from store.progress import Progress
from store.sample.generator import SampleTable, make_shop

HERE = Path(__file__).parent
NOTES = HERE / "schema.yml"
"""What people know about the shop, in dbt's form."""
TABLES = HERE / "shop.sql"
DATABASE = "shop"
READER = "shop_reader"
TASK = "Making the sample shop"
# Any number will do, as long as nobody else locks it: two processes must not make the shop at once.
LOCK = 7_468_670_001

READ_MARK = "SELECT obj_description('public'::regnamespace, 'pg_namespace')"
MARK = "COMMENT ON SCHEMA public IS {}"
OWNER = "Querent sample shop "
START_AGAIN = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


@dataclass(frozen=True, slots=True)
class Shop:
    """Where the shop is: the address of its reader. `is_new` when it had to be made just now."""

    url: str
    is_new: bool


async def create_shop(embedded: Embedded, progress: Progress) -> Shop:
    """Make the shop in a database of its own, unless it is there."""
    await embedded.create_database(DATABASE)
    is_new = await load_postgres(embedded.url(DATABASE), progress)
    await embedded.create_reader(READER, DATABASE)
    return Shop(embedded.url(DATABASE, READER), is_new)


async def load_postgres(url: str, progress: Progress) -> bool:
    """Load the shop in one transaction; say whether it had to be. An older shop of ours is made anew.

    Raises `StoreUnavailable` when the server does not answer, or has other tables of these names.
    """
    try:
        async with await AsyncConnection.connect(url) as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            mark = OWNER + version()
            found = await (await connection.execute(READ_MARK)).fetchone()
            if found == (mark,):
                return False
            if found and str(found[0]).startswith(OWNER):
                await connection.execute(START_AGAIN)
            await _fill(connection, progress)
            await connection.execute(sql.SQL(MARK).format(sql.Literal(mark)))
            return True
    except OperationalError as error:
        raise StoreUnavailable("The sample shop cannot be made: its PostgreSQL does not answer.") from error
    except DuplicateTable as error:
        raise StoreUnavailable("The sample shop cannot be made: its database holds other tables.") from error


def write_sqlite(path: Path, progress: Progress, *, overwrite: bool = False) -> None:
    """Write the shop into a SQLite file, which appears when it is whole.

    Raises `FileExistsError` when there is one already and `overwrite` does not allow it; another `OSError`
    when the folder is not there or cannot be written.
    """
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists already.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent}.")
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        _write(part, progress)
        part.replace(path)
    except sqlite3.OperationalError as error:
        raise PermissionError(f"{path} cannot be written.") from error
    finally:
        part.unlink(missing_ok=True)


def version() -> str:
    """Name this shop by what it is made from, so that any change to it makes it anew."""
    digest = hashlib.sha256()
    for path in sorted(HERE.iterdir()):
        if path.suffix in {".py", ".sql", ".yml"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


async def _fill(connection: AsyncConnection[Any], progress: Progress) -> None:
    await connection.execute(TABLES.read_bytes())
    shop = await asyncio.to_thread(lambda: list(make_shop()))
    total, done = sum(len(made.rows) for made in shop), 0
    for made in shop:
        progress(TASK, done, total)
        await _copy(connection, made)
        done += len(made.rows)
    await _comment(connection)
    await connection.execute("ANALYZE")
    progress(TASK, total, total)


async def _copy(connection: AsyncConnection[Any], made: SampleTable) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(made.name), sql.SQL(", ").join(map(sql.Identifier, made.columns))
    )
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in made.rows:
            await copy.write_row(row)


async def _comment(connection: AsyncConnection[Any]) -> None:
    """Tell the engine what the notes say of each table and column."""
    for model in yaml.safe_load(NOTES.read_text(encoding="utf-8"))["models"]:
        name, words = sql.Identifier(model["name"]), sql.Literal(model["description"])
        await connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, words))
        for described in model["columns"]:
            name, words = (
                sql.Identifier(model["name"], described["name"]),
                sql.Literal(described["description"]),
            )
            await connection.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(name, words))


def _write(path: Path, progress: Progress) -> None:
    shop = list(make_shop())
    total, done = sum(len(made.rows) for made in shop), 0
    connection = sqlite3.connect(path)
    try:
        connection.executescript(TABLES.read_text(encoding="utf-8"))
        connection.execute("PRAGMA foreign_keys = ON")
        for made in shop:
            progress(TASK, done, total)
            connection.executemany(_insert(made), ([_as_sqlite(value) for value in row] for row in made.rows))
            done += len(made.rows)
        connection.commit()
        connection.execute("ANALYZE")
        connection.commit()
    finally:
        connection.close()
    progress(TASK, total, total)


def _insert(made: SampleTable) -> str:
    columns: list[ColumnClause[Any]] = [column(name) for name in made.columns]
    return str(insert(table(made.name, *columns)).compile(dialect=sqlite.dialect()))


def _as_sqlite(value: Any) -> Any:
    """SQLite has no dates and no decimals: it keeps the first as text in ISO form, the second as a float."""
    match value:
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
    return value
