"""Any database that SQLAlchemy can speak to, as a target."""

from collections.abc import Sequence

import sqlglot
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlglot import exp

from store.access.approved_query import Approved
from store.catalog import Catalog, Dialect, Table
from store.errors import BadConnection, QueryFailed
from store.rows import Limits, Rows
from store.targets.address import Address
from store.targets.processes.executor import Confined, Deadline
from store.targets.profiling import SAMPLE, VALUES, as_text, profile_columns
from store.targets.sqlalchemy.worker import Request
from store.targets.target import ColumnProfile, Estimate

# SQLAlchemy's name of an engine, and sqlglot's of its SQL, where they differ.
SPOKEN = {"postgresql": "postgres", "mariadb": "mysql", "mssql": "tsql", "awsathena": "athena"}


class GenericTarget:
    """Reads through SQLAlchemy in a process that can be killed. What is judged is translated at the end.

    The query is written and judged in `dialect`, which is the engine's own, or PostgreSQL's where there is no
    guard for it; then it is printed in the engine's words.
    """

    def __init__(self, address: Address) -> None:
        """Nothing is opened yet. Raises `BadConnection` when there is no such engine."""
        self.dialect: Dialect = address.dialect
        self._url = address.url
        self._spoken = spoken_at(address.url)
        self._confined = Confined("store.targets.sqlalchemy.worker:work")

    async def catalog(self) -> Catalog:
        """Read what there is. Raises `TargetUnavailable`."""
        catalog = await self._ask(None, SAMPLE)
        assert isinstance(catalog, Catalog)
        return catalog

    async def profile(self, table: Table, most: int = 20) -> Sequence[ColumnProfile]:
        """Look at the first rows of a table. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = [exp.column(column.name, quoted=True) for column in table.columns]
        query = exp.select(*columns).from_(_table(table)).limit(SAMPLE.rows)
        rows = await self._run(query.sql(self._spoken), SAMPLE)
        return profile_columns(table.columns, rows.values, most, whole=len(rows) < SAMPLE.rows)

    async def distinct_values(self, table: Table, column: str, most: int) -> Sequence[str]:
        """Name up to `most` distinct values of a column. Raises as `profile`."""
        wanted = exp.column(column, quoted=True)
        query = exp.select(wanted).distinct().from_(_table(table))
        query = query.where(wanted.copy().is_(exp.null()).not_()).limit(int(most))
        rows = await self._run(query.sql(self._spoken), VALUES)
        return sorted(as_text(value) for (value,) in rows.values)

    async def explain(self, approved: Approved) -> Estimate:
        """Translate the query; each engine plans in words of its own, so nothing is expected."""
        self._translate(approved)
        return Estimate(rows=None, cost=None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run it; cancelling ends our side at once. Raises `QueryFailed`, `TargetUnavailable`."""
        return await self._run(self._translate(approved), limits)

    async def close(self) -> None:
        """Let go of threads and processes."""
        await self._confined.close()

    def _translate(self, approved: Approved) -> str:
        if approved.parameters:
            # There are too many ways of binding to trust them all.
            raise QueryFailed(approved.sql, "permission", "Policies do not reach this kind of database.")
        (tree,) = sqlglot.parse(approved.sql, read=self.dialect)
        assert tree is not None
        return tree.sql(self._spoken, comments=False)

    async def _run(self, sql: str, limits: Limits) -> Rows:
        rows = await self._ask(sql, limits)
        assert isinstance(rows, Rows)
        return rows

    async def _ask(self, sql: str | None, limits: Limits) -> object:
        request = Request(self._url, self.dialect, limits, sql)
        return await self._confined.ask(request, Deadline(sql or "", limits.seconds))


def spoken_at(url: str) -> str:
    """Name the SQL that is spoken there, as sqlglot does. Raises `BadConnection`."""
    try:
        engine = make_url(url).get_backend_name()
    except ArgumentError as error:
        raise BadConnection("The address of the database cannot be read.") from error
    spoken = SPOKEN.get(engine, engine)
    if spoken not in sqlglot.Dialect.classes:
        raise BadConnection(f"Nobody here speaks the SQL of {engine}.")
    return spoken


def _table(table: Table) -> exp.Table:
    return exp.table_(table.name, db=table.schema, quoted=True)
