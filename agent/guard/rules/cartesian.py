"""Joins without a condition and recursion without an end: rows that multiply until nothing else runs."""

from collections.abc import Iterator, Mapping
from math import prod

from sqlglot import exp

from agent.guard.rules.resource_limits import FILLS, MOST_SERIES, length_of_series
from agent.guard.verdict import Refused
from store.catalog import Catalog

# Rows that parts of a FROM without a condition between them may multiply to.
MOST_ROWS = 1e12
# The same where texts are made long: those rows may be gathered in one value.
MOST_FILLED_ROWS = 1e7
# What a table is taken for when nobody has counted its rows.
UNCOUNTED = 30_000
MOST_LIMIT = 1_000
_SERIES = (exp.GenerateSeries, exp.ExplodingGenerateSeries)


def check_products(tree: exp.Expr, catalog: Catalog) -> None:
    """Refuse what multiplies beyond reason. Raises `Refused`."""
    for cte in tree.find_all(exp.CTE):
        _check_recursion(cte)
    weigher = _Weigher(tree, catalog)
    most = MOST_FILLED_ROWS if tree.find(*FILLS) else MOST_ROWS
    for select in tree.find_all(exp.Select):
        if weigher.weigh_sources(select) >= most:
            raise Refused(
                "grammar", "too_much", "Tables are joined without conditions, which makes far too many rows."
            )


def _check_recursion(cte: exp.CTE) -> None:
    """A recursive part needs something that can end it: a WHERE, a join with a condition, or a LIMIT."""
    if not isinstance(cte.this, exp.SetOperation) or _limit(cte.this) is not None:
        return
    name = cte.alias.lower()
    for table in cte.this.find_all(exp.Table):
        if table.name.lower() == name and not table.args.get("db"):
            select = table.find_ancestor(exp.Select)
            if select is not None and not any(True for _ in _conditions(select)):
                reason = "A recursive query must say in a WHERE when it ends."
                raise Refused("grammar", "too_much", reason)


def _conditions(select: exp.Select) -> Iterator[exp.Expr]:
    """The parts of WHERE and ON that look at a column."""
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


class _Weigher:
    """Guesses, on the high side, how many rows come out of a FROM."""

    def __init__(self, tree: exp.Expr, catalog: Catalog) -> None:
        self._catalog = catalog
        self._ctes: Mapping[str, exp.Expr] = {cte.alias.lower(): cte.this for cte in tree.find_all(exp.CTE)}
        self._weighed: dict[int, float] = {}

    def weigh_sources(self, select: exp.Select) -> float:
        """Multiply the parts of a FROM that no condition ties together; each counts as its largest source."""
        sources = _sources(select)
        parts = _tie(select, sources)
        return prod(max(self._weigh(sources[name]) for name in part) for part in parts)

    def _weigh(self, source: exp.Expr) -> float:
        known = self._weighed.get(id(source))
        if known is None:
            # A name that leads back to itself ends here.
            self._weighed[id(source)] = UNCOUNTED
            known = self._weighed[id(source)] = self._weigh_anew(source)
        return known

    def _weigh_anew(self, source: exp.Expr) -> float:
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            return self._weigh_table(source)
        if isinstance(source, exp.Subquery | exp.Lateral):
            return self._weigh(source.this)
        if isinstance(source, exp.SetOperation):
            return self._weigh(source.this) + self._weigh(source.expression)
        if isinstance(source, exp.Select):
            return self._weigh_select(source)
        series = source.find(*_SERIES)
        return length_of_series(series) if series else float(len(source.expressions) or 1)

    def _weigh_table(self, table: exp.Table) -> float:
        if not table.args.get("db") and table.name.lower() in self._ctes:
            return self._weigh(self._ctes[table.name.lower()])
        stored = self._catalog.table(f"{table.db}.{table.name}" if table.db else table.name)
        if stored is None or stored.row_estimate is None:
            return UNCOUNTED
        return max(stored.row_estimate, 1)

    def _weigh_select(self, select: exp.Select) -> float:
        limit = _limit(select)
        if limit is not None:
            return limit
        if not select.args.get("group") and any(_aggregates(item) for item in select.expressions):
            return 1
        series = MOST_SERIES if any(item.find(*_SERIES) for item in select.expressions) else 1
        return min(self.weigh_sources(select), MOST_ROWS) * series


def _sources(select: exp.Select) -> dict[str, exp.Expr]:
    """What a FROM reads, by the name its columns are called with."""
    found = [select.args["from_"].this] if select.args.get("from_") else []
    found += [join.this for join in select.args.get("joins") or ()]
    found += [join.this for source in list(found) for join in source.args.get("joins") or ()]
    return {(source.alias_or_name or f" {place}").lower(): source for place, source in enumerate(found)}


def _tie(select: exp.Select, sources: Mapping[str, exp.Expr]) -> list[set[str]]:
    """Group sources that conditions tie together."""
    parts = [{name} for name in sources]
    for names in _ties(select, sources):
        tied = [part for part in parts if part & names]
        parts = [part for part in parts if not part & names]
        if tied:
            parts.append(set().union(*tied))
    return parts


def _ties(select: exp.Select, sources: Mapping[str, exp.Expr]) -> Iterator[set[str]]:
    every = set(sources)
    for condition in _conditions(select):
        columns = list(condition.find_all(exp.Column))
        if isinstance(condition, exp.Identifier) or (len(columns) > 1 and not all(c.table for c in columns)):
            # A column without its table may be anybody's.
            yield every
        else:
            yield {column.table.lower() for column in columns}
    for join in select.args.get("joins") or ():
        if join.method.upper() in ("NATURAL", "ASOF", "POSITIONAL"):
            yield every
    for name, source in sources.items():
        if not isinstance(source, exp.Subquery) or isinstance(source.parent, exp.Lateral):
            inside = {column.table.lower() for column in source.find_all(exp.Column)}
            if inside:
                yield (inside & every | {name}) if "" not in inside else every


def _aggregates(item: exp.Expr) -> bool:
    return any(not isinstance(found.parent, exp.Window) for found in item.find_all(exp.AggFunc))


def _limit(query: exp.Expr) -> int | None:
    """A LIMIT that is written as a small number."""
    limit = query.args.get("limit")
    number = limit.args.get("expression") or limit.args.get("count") if limit else None
    if isinstance(number, exp.Literal) and number.is_int and int(number.name) <= MOST_LIMIT:
        return int(number.name)
    return None
