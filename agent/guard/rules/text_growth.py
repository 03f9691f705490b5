"""Growth of texts and lists: rejects queries that multiply the size of a value step by step.

Forty steps of `s || s` exceed any memory, whether they are recursive, nested sub-queries or nested calls. The
growth of an expression estimates the size of its value, with 1 for a column of a stored table.
"""

from collections.abc import Mapping

from sqlglot import exp

from agent.guard.names.scopes import direct_sources, first_branch
from agent.guard.rules.resource_limits import MAX_TEXT_SIZE
from agent.guard.verdict import RuleViolation

MAX_GROWTH = 1_000
# The length of a text with growth 1, in characters.
_UNIT = 100
# Growth of a replacement by a text that is only known to the engine.
_COMPUTED_REPLACEMENT = 100

# The value is as large as all arguments together.
_JOINING = (
    exp.DPipe, exp.Concat, exp.ConcatWs, exp.Array, exp.ArrayConcat, exp.ArrayAppend, exp.ArrayPrepend,
    exp.Struct, exp.Tuple, exp.Format, exp.Overlay, exp.Stuff, exp.JSONArray, exp.JSONObject, exp.Anonymous,
    exp.Map, exp.VarMap,
)  # fmt: skip
# The value is about twice as large as the argument.
_DOUBLING = (exp.Hex, exp.Encode)
_REPLACING = (exp.Replace, exp.RegexpReplace)
_GROWING = (*_JOINING, *_DOUBLING, *_REPLACING, exp.Repeat)
# The value is a number or a truth value.
_MEASURING = (
    exp.Length,
    exp.ArraySize,
    exp.StrPosition,
    exp.Predicate,
    exp.Count,
    exp.MD5,
    exp.SHA,
    exp.SHA2,
)
_MEASURING_CALLS = frozenset({"instr", "strpos", "position", "len", "strlen", "cardinality", "array_length"})
_REDUCE_CALLS = frozenset({"list_reduce", "array_reduce", "reduce"})

# Growth of the columns of each source, by the name that qualifies them.
Environment = Mapping[str, Mapping[str, float]]
_EMPTY: Environment = {}


def check_text_growth(tree: exp.Expr) -> None:
    """Reject values that grow by more than `MAX_GROWTH`, or without limit. Raises `RuleViolation`."""
    if tree.find(*_GROWING) is None:
        return
    for cte in tree.find_all(exp.CTE):
        _check_recursion(cte)
    for call in tree.find_all(exp.Anonymous):
        if call.name.lower() in _REDUCE_CALLS:
            _check_reduce(call)
    estimator = _GrowthEstimator(tree)
    for select in tree.find_all(exp.Select):
        estimator.visit(select)
        if estimator.maximum > MAX_GROWTH:
            raise _violation(f"The query makes a text or list more than {MAX_GROWTH:,} times as large.")


class _GrowthEstimator:
    """Follows the growth of columns through common table expressions and sub-queries.

    A column of a stored table has the growth `base`: 1, or 0 to follow the columns of one query only.
    """

    def __init__(self, tree: exp.Expr, base: float = 1.0) -> None:
        self._base = base
        self.maximum = 0.0
        self._ctes = {cte.alias.lower(): cte for cte in tree.find_all(exp.CTE)}
        self._outputs: dict[int, list[tuple[str, float]]] = {}

    def define(self, query: exp.Expr, columns: list[tuple[str, float]]) -> None:
        """Set the output columns of a query."""
        self._outputs[id(query)] = columns

    def visit(self, select: exp.Select) -> None:
        """Follow all expressions of a SELECT; the largest growth is in `maximum`."""
        environment = self._environment(select)
        clauses = [select.args.get(name) for name in ("where", "having", "order", "group", "qualify")]
        for node in (*select.expressions, *clauses):
            if node is not None:
                self.growth(node, environment)

    def outputs(self, query: exp.Expr, outer: Environment = _EMPTY) -> list[tuple[str, float]]:
        """Return the output columns of a query with their growth; `outer` is its environment."""
        if id(query) in self._outputs:
            return self._outputs[id(query)]
        if outer:
            return self._compute(query, outer)
        # Ends the recursion for a query that reads from itself.
        self._outputs[id(query)] = []
        self._outputs[id(query)] = self._compute(query, outer)
        return self._outputs[id(query)]

    def growth(self, node: exp.Expr, environment: Environment) -> float:
        """Return the growth of an expression; 0 if it is a number or depends on no column."""
        growth = self._growth(node, environment)
        self.maximum = max(self.maximum, growth)
        return growth

    def _growth(self, node: exp.Expr, environment: Environment) -> float:
        match node:
            case exp.Column() | exp.Identifier():
                return self._lookup(node, environment)
            case exp.Literal():
                return self._base * len(node.name) / _UNIT
            case exp.Query():
                return max((growth for _, growth in self.outputs(node, environment)), default=self._base)
            case exp.Pad() | exp.Space():
                return self._base * MAX_TEXT_SIZE / _UNIT
        return _combine(node, [self.growth(part, environment) for part in node.iter_expressions()])

    def _lookup(self, column: exp.Expr, environment: Environment) -> float:
        table = column.table.lower() if isinstance(column, exp.Column) else ""
        name = column.name.lower()
        sources = [environment[table]] if table in environment else environment.values() if not table else ()
        return max((source[name] for source in sources if name in source), default=self._base)

    def _environment(self, select: exp.Expr, outer: Environment = _EMPTY) -> dict[str, Mapping[str, float]]:
        environment = dict(outer)
        for position, source in enumerate(direct_sources(select)):
            if columns := self._source_columns(source, environment):
                environment[source.alias_or_name.lower() or f" {position}"] = dict(columns)
        return environment

    def _source_columns(self, source: exp.Expr, outer: Environment) -> list[tuple[str, float]]:
        if isinstance(source, exp.Table):
            cte = None if source.args.get("db") else self._ctes.get(source.name.lower())
            columns = _rename(self.outputs(cte.this), cte) if cte else []
        else:
            query = source.this if isinstance(source, exp.Lateral) else source
            columns = self.outputs(query, outer) if isinstance(query, exp.Query) else []
        return _rename(columns, source)

    def _compute(self, query: exp.Expr, outer: Environment) -> list[tuple[str, float]]:
        if isinstance(query, exp.Subquery):
            if isinstance(query.this, exp.Query):
                return self.outputs(query.this, outer)
            return self._source_columns(query.this, outer)
        if isinstance(query, exp.SetOperation):
            first, second = self.outputs(query.this, outer), self.outputs(query.expression, outer)
            growths = [growth for _, growth in second] + [0.0] * len(first)
            return [(name, max(growth, other)) for (name, growth), other in zip(first, growths, strict=False)]
        if not isinstance(query, exp.Select):
            return []
        environment = self._environment(query, outer)
        columns: list[tuple[str, float]] = []
        for item in query.expressions:
            if item.is_star:
                columns += [
                    column
                    for name, source in environment.items()
                    if name not in outer
                    for column in source.items()
                ]
            else:
                columns.append((item.alias_or_name.lower(), self.growth(item.unalias(), environment)))
        return columns


def _rename(columns: list[tuple[str, float]], source: exp.Expr) -> list[tuple[str, float]]:
    """Apply the column aliases of a source from the left."""
    alias = source.args.get("alias")
    names = [column.name.lower() for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
    return [
        (names[index] if index < len(names) else name, growth) for index, (name, growth) in enumerate(columns)
    ]


def _repetitions(node: exp.Repeat) -> float:
    times = node.args.get("times")
    if isinstance(times, exp.Literal) and times.is_int:
        return min(float(times.name), MAX_TEXT_SIZE)
    return MAX_TEXT_SIZE


def _combine(node: exp.Expr, parts: list[float]) -> float:
    """Return the growth of an expression from that of its parts, the first of which is `this`."""
    if isinstance(node, exp.Anonymous) and node.name.lower() in _MEASURING_CALLS:
        return 0.0
    if isinstance(node, _MEASURING) and not isinstance(node, exp.SubqueryPredicate):
        return 0.0
    if isinstance(node, _JOINING):
        return sum(parts)
    if isinstance(node, _REPLACING):
        return parts[0] * _replacement_factor(node)
    if isinstance(node, exp.Repeat):
        return parts[0] * _repetitions(node)
    return max(parts, default=0.0) * (2 if isinstance(node, _DOUBLING) else 1)


def _replacement_factor(node: exp.Expr) -> float:
    """Return how much larger a replacement may be than what it replaces."""
    replacement, search = node.args.get("replacement"), node.expression
    if replacement is None:
        return 1.0
    if not isinstance(replacement, exp.Literal):
        return _COMPUTED_REPLACEMENT
    if isinstance(node, exp.RegexpReplace) or not isinstance(search, exp.Literal):
        # A pattern may match the empty text at every position.
        return len(replacement.name) + 1.0 if replacement.name else 1.0
    return max(len(replacement.name) / max(len(search.name), 1), 1.0)


def _check_recursion(cte: exp.CTE) -> None:
    """Reject a recursion in which a value contains more than one copy of the previous values."""
    name = cte.alias.lower()
    for select in _recursive_selects(cte.this, name):
        if select.find(*_GROWING) is None:
            continue
        columns = _output_names(cte)
        growing = _growing_columns(select, columns)
        while True:
            copies = _copies(cte, select, columns, growing)
            reached = growing | {column for column, count in zip(columns, copies, strict=False) if count > 0}
            if reached == growing:
                break
            growing = reached
        if any(count > 1 for count in copies):
            raise _violation("A recursive query multiplies a text or list with every step.")


def _output_names(cte: exp.CTE) -> list[str]:
    first = first_branch(cte.this)
    items = first.selects if isinstance(first, exp.Query) else []
    aliases = [column.name.lower() for column in cte.args["alias"].columns]
    return aliases or [item.alias_or_name.lower() for item in items]


def _growing_columns(select: exp.Select, columns: list[str]) -> set[str]:
    """Return the columns that a recursive part computes with growing expressions; all if it is unclear."""
    in_sources = any(source.find(*_GROWING) for source in direct_sources(select))
    if in_sources or any(item.is_star for item in select.expressions):
        return set(columns)
    items = zip(columns, select.expressions, strict=False)
    return {column for column, item in items if item.find(*_GROWING) is not None}


def _recursive_selects(query: exp.Expr, name: str) -> list[exp.Select]:
    if not isinstance(query, exp.SetOperation):
        return []
    return [
        select
        for branch in (query.this, query.expression)
        for select in [branch.unnest() if isinstance(branch, exp.Subquery) else branch]
        if isinstance(select, exp.Select)
        and any(
            table.name.lower() == name and not table.args.get("db") for table in select.find_all(exp.Table)
        )
    ]


def _copies(cte: exp.CTE, select: exp.Select, columns: list[str], growing: set[str]) -> list[float]:
    """Return how many copies of the growing columns each output column of the recursive part contains."""
    estimator = _GrowthEstimator(cte.root(), base=0.0)
    estimator.define(cte.this, [(column, float(column in growing)) for column in columns])
    return [growth for _, growth in estimator.outputs(select)]


def _check_reduce(call: exp.Anonymous) -> None:
    """Reject a reduction whose accumulator is contained more than once in the next one."""
    for function in call.expressions:
        if isinstance(function, exp.Lambda) and function.expressions:
            accumulator = function.expressions[0].name.lower()
            estimator = _GrowthEstimator(function, base=0.0)
            if (
                function.this.find(*_GROWING)
                and estimator.growth(function.this, {"": {accumulator: 1.0}}) > 1
            ):
                raise _violation("A reduction multiplies a text or list with every step.")


def _violation(reason: str) -> RuleViolation:
    return RuleViolation("functions", "resource_limit", reason)
