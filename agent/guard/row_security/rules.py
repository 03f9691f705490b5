"""Row rules: parses predicates of a policy and makes them safe to embed in any query."""

from collections.abc import Set

from sqlglot import exp
from sqlglot.errors import SqlglotError

from agent.guard.dialects import ENGINES, fold, fold_known
from agent.guard.names.resolver import Resolver
from agent.guard.names.tables import DEFAULT_SCHEMAS, Tables
from agent.guard.parsing.normalizer import normalize
from agent.guard.parsing.tokenizer import fix_tokens
from agent.guard.row_security.parameters import ParameterBinder
from agent.guard.rules.functions import check_unknown_calls
from agent.guard.rules.nodes import check_nodes
from agent.guard.verdict import RuleViolation
from store.catalog import Catalog, Dialect, Table

CLAIM = "claim"


class PinnedTables(Tables):
    """Table lookup that qualifies every table: the enclosing query may define another by the same name."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.unqualified: set[str] = set()

    def pin(self, node: exp.Table, table: Table, *, shadowed: bool) -> None:
        """Qualify a table; if the engine has no schemas, record its name instead."""
        super().pin(node, table, shadowed=True)
        if not node.args.get("db"):
            self.unqualified.add(node.name.lower())


def compile_row_rule(
    where: str, table: Table, catalog: Catalog, binder: ParameterBinder, cte_names: Set[str]
) -> exp.Expr:
    """Parse a row rule of a table, with markers for its claims. Raises `RuleViolation`.

    All names in it are resolved against the unrestricted catalog and qualified, so that they keep their
    meaning in a query that defines `cte_names` (in lower case).
    """
    predicate = _parse(where, catalog)
    _replace_claims(predicate, binder)
    normalize(predicate, catalog.dialect)
    source = qualified_name(table, catalog.dialect)
    select = exp.select("1").from_(source).where(predicate, copy=False)
    check_nodes(select)
    check_unknown_calls(select, catalog)
    tables = PinnedTables(catalog)
    Resolver(catalog, tables).resolve(select)
    if tables.unqualified - {table.name.lower()} & cte_names:
        raise RuleViolation("policy", "shadowed", "A WITH query may not have the name of a table here.")
    _qualify_columns(select, table, catalog)
    compiled: exp.Expr = select.args["where"].this
    return compiled


def qualified_name(table: Table, dialect: Dialect) -> exp.Table:
    """Return a table by its quoted full name: its bare name may mean something else in a query."""
    return exp.table_(table.name, db=table.schema or DEFAULT_SCHEMAS.get(dialect), quoted=True)


def _parse(where: str, catalog: Catalog) -> exp.Expr:
    engine = ENGINES[catalog.dialect]
    try:
        tokens = fix_tokens(engine.tokenize(where), where, catalog.dialect)
        trees = engine.parser().parse_into(exp.Condition, tokens, where)
    except (SqlglotError, RecursionError) as error:
        raise RuleViolation("policy", "rule", "A row rule cannot be parsed as SQL.") from error
    conditions = [tree for tree in trees if tree is not None]
    if len(conditions) != 1:
        raise RuleViolation("policy", "rule", "A row rule must be exactly one condition.")
    return exp.Paren(this=conditions[0])


def _replace_claims(predicate: exp.Expr, binder: ParameterBinder) -> None:
    """Replace each `:claim.name` by markers. A list claim is allowed in the brackets of an IN only."""
    for placeholder in list(predicate.find_all(exp.Placeholder)):
        dot = placeholder.parent
        if placeholder.name != CLAIM or not isinstance(dot, exp.Dot) or isinstance(dot.parent, exp.Dot):
            raise RuleViolation("policy", "rule", "A claim must be written as :claim.name.")
        markers, parent = binder.claim(dot.expression.name), dot.parent
        if isinstance(parent, exp.In) and dot.arg_key == "expressions":
            rest = [item for item in parent.expressions if item is not dot]
            parent.set("expressions", [*rest, *(markers or [exp.null()])])
        elif len(markers) == 1:
            dot.replace(markers[0])
        else:
            raise RuleViolation("policy", "rule", "A claim that is a list can only follow IN.")


def _qualify_columns(select: exp.Select, table: Table, catalog: Catalog) -> None:
    """Qualify the columns of a rule: if one is dropped, no column of the enclosing query may replace it."""
    dialect = catalog.dialect
    columns = {fold_known(column.name, dialect) for column in table.columns}
    for column in select.find_all(exp.Column):
        if not column.args.get("table") and column.find_ancestor(exp.Query) is select:
            if fold(column.this, dialect) not in columns:
                raise RuleViolation("policy", "rule", "A row rule uses a column its table does not have.")
            column.set("table", exp.to_identifier(table.name, quoted=True))
