"""Cartesian products and unbounded recursion: rejects queries whose rows multiply without limit."""

from collections.abc import Iterator, Mapping
from math import prod

from sqlglot import exp

from agent.guard.rules.resource_limits import FILL_FUNCTIONS, MAX_SERIES, series_length
from agent.guard.verdict import RuleViolation
from store.catalog import Catalog

# Rows that the unrelated parts of a FROM may multiply to.
MAX_ROWS = 1e12
# The same if the query generates long texts, which an aggregate may collect into one value.
MAX_ROWS_WITH_FILLS = 1e7
# Assumed size of a table without a row estimate.
DEFAULT_ROWS = 30_000
MAX_LIMIT = 1_000
_SERIES = (exp.GenerateSeries, exp.ExplodingGenerateSeries)


def check_cartesian_products(tree: exp.Expr, catalog: Catalog) -> None:
    """Reject joins and recursion that multiply rows beyond the limits. Raises `RuleViolation`."""
    estimator = _RowEstimator(tree, catalog)
    for cte in tree.find_all(exp.CTE):
        _check_recursion(cte, estimator)
    max_rows = MAX_ROWS_WITH_FILLS if tree.find(*FILL_FUNCTIONS) else MAX_ROWS
    for select in tree.find_all(exp.Select):
        if estimator.estimate_from(select) >= max_rows:
            raise _violation("Tables are joined without conditions, which produces too many rows.")


def _check_recursion(cte: exp.CTE, estimator: "_RowEstimator") -> None:
    """Require a condition or a LIMIT that can end a recursion, and conditions on all of its joins."""
    if not isinstance(cte.this, exp.SetOperation) or _small_limit(cte.this) is not None:
        return
    name = cte.alias.lower()
    for table in cte.this.find_all(exp.Table):
        if table.name.lower() == name and not table.args.get("db"):
            select = table.find_ancestor(exp.Select)
            if select is None:
                continue
            if not any(True for _ in _conditions(select)):
                raise _violation("A recursive query needs a WHERE that ends it.")
            if estimator.estimate_unrelated(select, table.alias_or_name.lower()) > 1:
                raise _violation(
                    "A recursive query multiplies its rows by a table that no condition relates to it."
                )


def _conditions(select: exp.Select) -> Iterator[exp.Expr]:
    """Yield the conjuncts of WHERE and ON that reference a column."""
    where = select.args.get("where")
    for condition in [
        where.this if where else None,
        *(join.args.get("on") for join in select.args.get("joins") or ()),
    ]:
        for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
            if part is not None and part.find(exp.Column):
                yield part
    for join in select.args.get("joins") or ():
        yield from join.args.get("using") or ()


class _RowEstimator:
    """Estimates, on the high side, how many rows a FROM produces."""

    def __init__(self, tree: exp.Expr, catalog: Catalog) -> None:
        self._catalog = catalog
        self._ctes: Mapping[str, exp.Expr] = {cte.alias.lower(): cte.this for cte in tree.find_all(exp.CTE)}
        self._estimates: dict[int, float] = {}

    def estimate_from(self, select: exp.Select) -> float:
        """Multiply the groups of sources that no condition connects; a group counts as its largest source."""
        sources = _sources(select)
        groups = _connected_groups(select, sources)
        return prod(max(self._estimate(sources[name]) for name in group) for group in groups)

    def estimate_unrelated(self, select: exp.Select, name: str) -> float:
        """Estimate the rows of the sources that no condition connects to the source with this name."""
        sources = _sources(select)
        groups = [group for group in _connected_groups(select, sources) if name not in group]
        return prod(max(self._estimate(sources[name]) for name in group) for group in groups)

    def _estimate(self, source: exp.Expr) -> float:
        estimate = self._estimates.get(id(source))
        if estimate is None:
            # Ends the recursion for a name that refers back to itself.
            self._estimates[id(source)] = DEFAULT_ROWS
            estimate = self._estimates[id(source)] = self._compute(source)
        return estimate

    def _compute(self, source: exp.Expr) -> float:
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            return self._estimate_table(source)
        if isinstance(source, exp.Subquery | exp.Lateral):
            return self._estimate(source.this)
        if isinstance(source, exp.SetOperation):
            return self._estimate(source.this) + self._estimate(source.expression)
        if isinstance(source, exp.Select):
            return self._estimate_select(source)
        series = source.find(*_SERIES)
        return series_length(series) if series else float(len(source.expressions) or 1)

    def _estimate_table(self, table: exp.Table) -> float:
        if not table.args.get("db") and table.name.lower() in self._ctes:
            return self._estimate(self._ctes[table.name.lower()])
        stored = self._catalog.table(f"{table.db}.{table.name}" if table.db else table.name)
        if stored is None or stored.row_estimate is None:
            return DEFAULT_ROWS
        return max(stored.row_estimate, 1)

    def _estimate_select(self, select: exp.Select) -> float:
        limit = _small_limit(select)
        if limit is not None:
            return limit
        if not select.args.get("group") and any(_aggregates(item) for item in select.expressions):
            return 1
        series = MAX_SERIES if any(item.find(*_SERIES) for item in select.expressions) else 1
        return min(self.estimate_from(select), MAX_ROWS) * series


def _sources(select: exp.Select) -> dict[str, exp.Expr]:
    """Return the sources of a FROM, by the name that qualifies their columns."""
    sources = [select.args["from_"].this] if select.args.get("from_") else []
    sources += [join.this for join in select.args.get("joins") or ()]
    sources += [join.this for source in list(sources) for join in source.args.get("joins") or ()]
    return {
        (source.alias_or_name or f" {position}").lower(): source for position, source in enumerate(sources)
    }


def _connected_groups(select: exp.Select, sources: Mapping[str, exp.Expr]) -> list[set[str]]:
    """Group the sources that conditions connect, directly or indirectly."""
    groups = [{name} for name in sources]
    for names in _connections(select, sources):
        connected = [group for group in groups if group & names]
        groups = [group for group in groups if not group & names]
        if connected:
            groups.append(set().union(*connected))
    return groups


def _connections(select: exp.Select, sources: Mapping[str, exp.Expr]) -> Iterator[set[str]]:
    all_names = set(sources)
    for condition in _conditions(select):
        columns = list(condition.find_all(exp.Column))
        if isinstance(condition, exp.Identifier) or (len(columns) > 1 and not all(c.table for c in columns)):
            # An unqualified column may belong to any source.
            yield all_names
        else:
            yield {column.table.lower() for column in columns}
    for join in select.args.get("joins") or ():
        if join.method.upper() in ("NATURAL", "ASOF", "POSITIONAL"):
            yield all_names
    for name, source in sources.items():
        if not isinstance(source, exp.Subquery) or isinstance(source.parent, exp.Lateral):
            referenced = {column.table.lower() for column in source.find_all(exp.Column)}
            if referenced:
                yield (referenced & all_names | {name}) if "" not in referenced else all_names


def _aggregates(item: exp.Expr) -> bool:
    return any(not isinstance(call.parent, exp.Window) for call in item.find_all(exp.AggFunc))


def _small_limit(query: exp.Expr) -> int | None:
    """Return a literal LIMIT of at most `MAX_LIMIT`."""
    limit = query.args.get("limit")
    number = limit.args.get("expression") or limit.args.get("count") if limit else None
    if isinstance(number, exp.Literal) and number.is_int and int(number.name) <= MAX_LIMIT:
        return int(number.name)
    return None


def _violation(reason: str) -> RuleViolation:
    return RuleViolation("grammar", "resource_limit", reason)
