"""Which stored table a name in a query means, and how to write it so that nothing else can be meant."""

from sqlglot import exp

from agent.guard.dialects import fold, fold_known
from agent.guard.names.scopes import Columns
from agent.guard.names.suggestions import near_tables
from agent.guard.verdict import Refused
from store.catalog import Catalog, Dialect, Table

# What the one schema is called where a table of the catalog has none.
HOME: dict[Dialect, str] = {"sqlite": "main", "duckdb": "main"}


class Tables:
    """The tables an asker may see, by the names a query can call them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._dialect = catalog.dialect
        self._home = HOME.get(catalog.dialect, "")
        self._known = {
            (self._fold(table.schema or self._home), self._fold(table.name)): table for table in catalog
        }

    def find(self, node: exp.Table) -> Table:
        """Look the table up. Raises `Refused`, naming the nearest ones."""
        db = node.args.get("db")
        home = self._fold(self._catalog.default_schema or self._home)
        schema = fold(db, self._dialect, table=True) if db else home
        name = fold(node.this, self._dialect, table=True)
        table = None if node.args.get("catalog") else self._known.get((schema, name))
        if table is None:
            written = ".".join(part.name for part in node.parts)
            hint = near_tables(written, self._catalog)
            raise Refused("names", "unknown_table", f"There is no table {written!r} to ask.", hint)
        return table

    def columns(self, table: Table) -> Columns:
        """The names of its columns, folded as the engine does."""
        return tuple(fold_known(column.name, self._dialect) for column in table.columns)

    def pin(self, node: exp.Table, table: Table, *, shadowed: bool) -> None:
        """Write the schema where the engine could otherwise find another table of this name.

        On PostgreSQL always, for there the search path leads nowhere but to the system's own functions.
        """
        schema = table.schema or self._home
        if not schema or not (shadowed or self._dialect == "postgres"):
            return
        if not node.alias and self._dialect != "postgres":
            node.set("alias", exp.TableAlias(this=node.this.copy()))
        if not node.args.get("db"):
            plain = schema.isidentifier() and schema == schema.lower()
            node.set("db", exp.to_identifier(schema, quoted=not plain))

    def _fold(self, name: str) -> str:
        return fold_known(name, self._dialect, table=True)
