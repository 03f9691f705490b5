"""Target implementation for any database that SQLAlchemy supports."""

from collections.abc import Sequence

import sqlglot
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlglot import exp

from store.access.approved_query import Approved
from store.catalog import Catalog, Dialect, Table
from store.errors import InvalidConnection, QueryFailed, TargetUnavailable
from store.rows import Limits, Rows
from store.targets.address import TargetAddress
from store.targets.connect_errors import CONNECT_SECONDS, ConnectFailure
from store.targets.processes.pool import ProcessExecutor
from store.targets.profiling import CATALOG_LIMITS, SAMPLE_LIMITS, VALUE_LIMITS, as_text, profile_columns
from store.targets.sqlalchemy.worker import Action, SqlalchemyRequest
from store.targets.target import ColumnProfile, Estimate

# sqlglot's dialect by SQLAlchemy's backend name, where they differ.
SQLGLOT_DIALECTS = {"postgresql": "postgres", "mariadb": "mysql", "mssql": "tsql", "awsathena": "athena"}


class SqlalchemyTarget:
    """Target that reads through SQLAlchemy in a killable process, and translates approved queries.

    Queries are written and validated in `dialect`: the engine's own, or PostgreSQL's if the guard does not
    know it. Approved queries are then translated to the engine's dialect.
    """

    def __init__(self, address: TargetAddress, connect_seconds: float = CONNECT_SECONDS) -> None:
        """Connects lazily, within `connect_seconds`. Raises `InvalidConnection` if the engine is unknown."""
        self.dialect: Dialect = address.dialect
        self._url = address.url
        self._connect_seconds = connect_seconds
        self._engine_dialect = sqlglot_dialect_of(address.url)
        self._executor = ProcessExecutor("store.targets.sqlalchemy.worker:handle_request")

    async def catalog(self) -> Catalog:
        """Read tables, columns and keys. Raises `TargetUnavailable`."""
        # Apart, since not every driver has a time limit for connecting.
        await self._connect()
        request = self._request("catalog", CATALOG_LIMITS)
        return await self._executor.read_catalog(request, CATALOG_LIMITS.seconds)

    async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
        """Profile each column over the first rows. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = [exp.column(column.name, quoted=True) for column in table.columns]
        query = exp.select(*columns).from_(_table_expression(table)).limit(SAMPLE_LIMITS.rows)
        rows = await self._run(query.sql(self._engine_dialect), SAMPLE_LIMITS)
        return profile_columns(
            table.columns, rows.values, max_values, complete=len(rows) < SAMPLE_LIMITS.rows
        )

    async def distinct_values(self, table: Table, column: str, limit: int) -> Sequence[str]:
        """Return up to `limit` distinct values of a column. Raises as `profile`."""
        selected = exp.column(column, quoted=True)
        query = exp.select(selected).distinct().from_(_table_expression(table))
        query = query.where(selected.copy().is_(exp.null()).not_()).limit(int(limit))
        rows = await self._run(query.sql(self._engine_dialect), VALUE_LIMITS)
        return sorted(as_text(value) for (value,) in rows.values)

    async def explain(self, approved: Approved) -> Estimate:
        """Translate the query; there is no common EXPLAIN, hence no estimate."""
        self._translate(approved)
        return Estimate(rows=None, cost=None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run the query; cancelling the task kills its process. Raises `QueryFailed`, `TargetUnavailable`."""
        return await self._run(self._translate(approved), limits)

    async def close(self) -> None:
        """Stop threads and processes."""
        await self._executor.close()

    def _translate(self, approved: Approved) -> str:
        if approved.parameters:
            # Parameter binding differs between drivers too much to be trusted.
            raise QueryFailed(
                approved.sql, "permission", "Row-level policies are not supported for this database engine."
            )
        (tree,) = sqlglot.parse(approved.sql, read=self.dialect)
        assert tree is not None
        return tree.sql(self._engine_dialect, comments=False)

    async def _run(self, sql: str, limits: Limits) -> Rows:
        return await self._executor.fetch_rows(self._request("run", limits, sql), sql, limits.seconds)

    async def _connect(self) -> None:
        try:
            await self._executor.execute(self._request("connect"), "", self._connect_seconds)
        except QueryFailed as error:
            raise TargetUnavailable(ConnectFailure.NO_RESPONSE) from error

    def _request(self, action: Action, limits: Limits = SAMPLE_LIMITS, sql: str = "") -> SqlalchemyRequest:
        return SqlalchemyRequest(self._url, self.dialect, limits, action, sql)


def sqlglot_dialect_of(url: str) -> str:
    """Return sqlglot's name of the SQL dialect at this URL. Raises `InvalidConnection`."""
    try:
        engine = make_url(url).get_backend_name()
    except ArgumentError as error:
        raise InvalidConnection("The address of the database is not a valid URL.") from error
    dialect = SQLGLOT_DIALECTS.get(engine, engine)
    if dialect not in sqlglot.Dialect.classes:
        raise InvalidConnection(f"The SQL dialect of {engine} is not supported.")
    return dialect


def _table_expression(table: Table) -> exp.Table:
    return exp.table_(table.name, db=table.schema, quoted=True)
