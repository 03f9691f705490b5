"""Row rules: predicates in the target's dialect, made safe to stand inside anybody's query."""

from collections.abc import Set

from sqlglot import exp
from sqlglot.errors import SqlglotError

from agent.guard.dialects import ENGINES, fold, fold_known
from agent.guard.names.resolver import Resolver
from agent.guard.names.tables import HOME, Tables
from agent.guard.parsing.parser import check_nodes
from agent.guard.row_security.parameters import Marks
from agent.guard.rules.functions import check_unknown_calls
from agent.guard.verdict import Refused
from store.catalog import Catalog, Dialect, Table

CLAIM = "claim"


class PinnedTables(Tables):
    """Writes the schema to every table: a query around the rule may call something else by the same name."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.bare: set[str] = set()

    def pin(self, node: exp.Table, table: Table, *, shadowed: bool) -> None:
        """Pin it; where the engine has no schema to write, remember the name."""
        super().pin(node, table, shadowed=True)
        if not node.args.get("db"):
            self.bare.add(node.name.lower())


def read_rule(where: str, table: Table, catalog: Catalog, marks: Marks, taken: Set[str]) -> exp.Expr:
    """Parse a rule about a table of the whole catalog, with marks in the place of claims. Raises `Refused`.

    Every name in it is one that the catalog knows, and is written so that it means the same anywhere, also
    where the names that are `taken` (in small letters) mean something else.
    """
    predicate = _parse(where, catalog)
    _mark_claims(predicate, marks)
    source = name_of(table, catalog.dialect)
    select = exp.select("1").from_(source).where(predicate, copy=False)
    check_nodes(select)
    check_unknown_calls(select, catalog)
    tables = PinnedTables(catalog)
    Resolver(catalog, tables).resolve(select)
    if tables.bare - {table.name.lower()} & taken:
        raise Refused("policy", "shadowed", "A WITH may not be called like a table here.")
    _qualify(select, table, catalog)
    held: exp.Expr = select.args["where"].this
    return held


def name_of(table: Table, dialect: Dialect) -> exp.Table:
    """A table by its full name, in quotes: a query may call something else by its bare name."""
    return exp.table_(table.name, db=table.schema or HOME.get(dialect), quoted=True)


def _parse(where: str, catalog: Catalog) -> exp.Expr:
    engine = ENGINES[catalog.dialect]
    try:
        tokens = engine.tokenize(where)
        trees = engine.parser().parse_into(exp.Condition, tokens, where)
    except (SqlglotError, RecursionError) as error:
        raise Refused("policy", "rule", "A row rule cannot be read as SQL.") from error
    found = [tree for tree in trees if tree is not None]
    if len(found) != 1:
        raise Refused("policy", "rule", "A row rule is one condition.")
    return exp.Paren(this=found[0])


def _mark_claims(predicate: exp.Expr, marks: Marks) -> None:
    """Replace each `:claim.name`. A claim that is a list may stand in the brackets of an IN."""
    for placeholder in list(predicate.find_all(exp.Placeholder)):
        dot = placeholder.parent
        if placeholder.name != CLAIM or not isinstance(dot, exp.Dot) or isinstance(dot.parent, exp.Dot):
            raise Refused("policy", "rule", "A claim is written :claim.name.")
        marked, around = marks.claim(dot.expression.name), dot.parent
        if isinstance(around, exp.In) and dot.arg_key == "expressions":
            kept = [item for item in around.expressions if item is not dot]
            around.set("expressions", [*kept, *(marked or [exp.null()])])
        elif len(marked) == 1:
            dot.replace(marked[0])
        else:
            raise Refused("policy", "rule", "A claim that is a list can only stand after IN.")


def _qualify(select: exp.Select, table: Table, catalog: Catalog) -> None:
    """Write the table to its columns: should one be gone, the query around the rule may have its namesake."""
    dialect = catalog.dialect
    known = {fold_known(column.name, dialect) for column in table.columns}
    for column in select.find_all(exp.Column):
        if not column.args.get("table") and column.find_ancestor(exp.Query) is select:
            if fold(column.this, dialect) not in known:
                raise Refused("policy", "rule", "A row rule names a column that is not in its table.")
            column.set("table", exp.to_identifier(table.name, quoted=True))
