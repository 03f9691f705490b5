"""Table lookup: finds the stored table a name refers to, and qualifies it so that nothing can shadow it."""

from sqlglot import exp

from agent.guard.dialects import fold, fold_known
from agent.guard.names.scopes import ColumnNames
from agent.guard.names.suggestions import suggest_tables
from agent.guard.verdict import RuleViolation
from store.catalog import Catalog, Dialect, Table

# The engine's name for its single schema, where tables of the catalog have none.
DEFAULT_SCHEMAS: dict[Dialect, str] = {"sqlite": "main", "duckdb": "main"}


class Tables:
    """The tables of a catalog, by the names a query can use for them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._dialect = catalog.dialect
        self._default_schema = DEFAULT_SCHEMAS.get(catalog.dialect, "")
        self._tables = {
            (self._fold(table.schema or self._default_schema), self._fold(table.name)): table
            for table in catalog
        }

    def find(self, node: exp.Table) -> Table:
        """Look up a table. Raises `RuleViolation` with suggestions if it does not exist."""
        db = node.args.get("db")
        default = self._fold(self._catalog.default_schema or self._default_schema)
        schema = fold(db, self._dialect, table=True) if db else default
        name = fold(node.this, self._dialect, table=True)
        table = None if node.args.get("catalog") else self._tables.get((schema, name))
        if table is None:
            full_name = ".".join(part.name for part in node.parts)
            hint = suggest_tables(full_name, self._catalog)
            raise RuleViolation("names", "unknown_table", f"There is no table {full_name!r}.", hint)
        return table

    def columns(self, table: Table) -> ColumnNames:
        """Return the names of its columns, folded as the engine does."""
        return tuple(fold_known(column.name, self._dialect) for column in table.columns)

    def pin(self, node: exp.Table, table: Table, *, shadowed: bool) -> None:
        """Add the schema where the engine could otherwise find another table of this name.

        On PostgreSQL always: the search path of the session contains only the system schema.
        """
        schema = table.schema or self._default_schema
        if not schema or not (shadowed or self._dialect == "postgres"):
            return
        if not node.alias and self._dialect != "postgres":
            node.set("alias", exp.TableAlias(this=node.this.copy()))
        if not node.args.get("db"):
            unquoted = schema.isidentifier() and schema == schema.lower()
            node.set("db", exp.to_identifier(schema, quoted=not unquoted))

    def _fold(self, name: str) -> str:
        return fold_known(name, self._dialect, table=True)
