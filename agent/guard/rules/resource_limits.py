"""What only reads, yet would fill a database's memory or keep it busy for ever.

Time limits do not help against one long step, such as `repeat("x", 1000000000)`: sizes are looked at here.
"""

import re
from itertools import chain
from typing import TypeGuard

from sqlglot import exp

from agent.guard.verdict import Refused
from store.catalog import Dialect

# How long a text may be made, and how many such makings a query may hold: each can multiply the one before.
MOST_FILLED = 1_000
MOSTFILLS = 3
MOST_SERIES = 10_000
# e to the 1,000 and 2 to the 1,000 are far above what any measure of the world needs.
MOST_EXPONENT = 1_000
MOST_WILDCARDS = 8

FILLS: dict[type[exp.Expr], str] = {exp.Repeat: "times", exp.Pad: "expression", exp.Space: "this"}
_EXPONENTS: dict[type[exp.Expr], str] = {exp.Exp: "this", exp.Pow: "expression"}
_SERIES = (exp.GenerateSeries, exp.ExplodingGenerateSeries)
_WIDE = re.compile(r"%[^%a-zA-Z]*(\d{4,}|\*)|[:{]\D{0,3}\d{4,}|\{[^{}]*\{")
# `INTERVAL '1' DAY`, `INTERVAL '1 day'` and `CAST('1 day' AS INTERVAL)`, and no two units in one.
_COARSE = re.compile(
    r"(?:INTERVAL |CAST\()'-?[1-9]\d{0,3}'? ?"
    r"(?:h|hour|day|week|mon|month|quarter|year|decade)s?'?(?: AS INTERVAL\))?",
    re.IGNORECASE,
)
# The same, written as text and converted.
_LONG_NUMBER_AS_TEXT = re.compile(r"\s*[-+]?[\d_]*\.?[\d_]*[eE][+-]?\d{4,}\s*")
_LONG_NUMBER = re.compile(r"\d{400,}|[eE][+-]?\d{4,}")
# A repetition of something that itself repeats: matching it can take for ever.
_NESTED_REPETITION = re.compile(r"\([^()]*([+*]|\|)[^()]*\)[+*{]")
_PATTERNS = (
    exp.RegexpLike,
    exp.RegexpILike,
    exp.SimilarTo,
    exp.RegexpReplace,
    exp.RegexpSubstr,
    exp.RegexpInstr,
)
_PATTERN_CALLS = frozenset(
    {"regexp_match", "regexp_matches", "regexp_split_to_array", "regexp_split_to_table"}
)
# These two match without backtracking, or hardly.
_SAFE_PATTERNS: frozenset[Dialect] = frozenset({"duckdb"})


def check_costs(tree: exp.Expr, dialect: Dialect) -> None:
    """Refuse sizes without bounds. Raises `Refused`."""
    for node in tree.walk():
        match node:
            case exp.Exp() | exp.Pow():
                _check_exponent(node.args[_EXPONENTS[type(node)]])
            case exp.GenerateSeries() | exp.ExplodingGenerateSeries():
                length_of_series(node)
            case exp.Literal():
                _check_literal(node)
            case exp.Glob() | exp.Like() | exp.ILike():
                _check_wildcards(node.expression)
            case exp.Format() | exp.Anonymous():
                _check_call(node, dialect)
            case _ if isinstance(node, _PATTERNS) and dialect not in _SAFE_PATTERNS:
                _check_pattern(node)


def bound_fills(tree: exp.Expr) -> None:
    """Cap what texts are padded or repeated to, also where only the engine will know it. Raises `Refused`."""
    fills = list(tree.find_all(*FILLS))
    if len(fills) > MOSTFILLS:
        raise _refuse(f"More than {MOSTFILLS} texts are padded or repeated.")
    for fill in fills:
        if fill.find_ancestor(*FILLS):
            raise _refuse("A text that is padded or repeated may not be padded or repeated again.")
        size = fill.args[FILLS[type(fill)]]
        written = _number(size)
        if written is not None and written > MOST_FILLED:
            raise _refuse(f"A text may be filled up to {MOST_FILLED:,} characters.")
        if written is None and not _is_bounded(size):
            size.replace(_bounded(size))


def length_of_series(series: exp.Expr) -> int:
    """How many rows a series has. Raises `Refused` when that cannot be told or is too many."""
    step = series.args.get("step")
    if isinstance(step, exp.Interval) or _is_interval(step):
        if not _COARSE.fullmatch(step.sql()):
            raise _refuse("A series of times may have steps of an hour or more.")
        return MOST_SERIES
    start, end = _number(series.args["start"]), _number(series.args.get("end"))
    by = 1 if step is None else _number(step)
    if start is None or end is None or not by:
        raise _refuse("The ends of a series of numbers must be written as numbers.")
    length = int(abs(end - start) / abs(by)) + 1
    if length > MOST_SERIES:
        raise _refuse(f"A series may have {MOST_SERIES:,} members at most.")
    return length


def _bounded(size: exp.Expr) -> exp.Expr:
    """Cap a size that only the engine will know. Not LEAST, which makes something of NULL."""
    most = exp.Literal.number(MOST_FILLED)
    return exp.Case(
        ifs=[exp.If(this=exp.GT(this=size.copy(), expression=most), true=most.copy())], default=size.copy()
    )


def _is_bounded(size: exp.Expr) -> bool:
    if not isinstance(size, exp.Case) or size.this is not None or len(size.args["ifs"]) != 1:
        return False
    return size == _bounded(size.args["default"]) if size.args.get("default") else False


def _is_interval(step: exp.Expr | None) -> TypeGuard[exp.Cast]:
    return isinstance(step, exp.Cast) and step.to.this is exp.DType.INTERVAL


def _number(node: exp.Expr | None) -> float | None:
    """The number that is written here, through brackets, signs and casts."""
    if isinstance(node, exp.Paren | exp.Cast):
        return _number(node.this)
    if isinstance(node, exp.Neg):
        number = _number(node.this)
        return None if number is None else -number
    if isinstance(node, exp.Literal):
        try:
            return float(node.name)
        except ValueError:
            return None
    return None


def _check_exponent(node: exp.Expr) -> None:
    written = _number(node)
    if written is not None and abs(written) > MOST_EXPONENT:
        raise _refuse(f"Exponents above {MOST_EXPONENT:,} are not allowed.")


def _check_literal(node: exp.Literal) -> None:
    too_long = _LONG_NUMBER_AS_TEXT.fullmatch if node.is_string else _LONG_NUMBER.search
    if too_long(node.name):
        raise _refuse("A number in the query is too large.")
    if node.is_string and "like_regex" in node.name and _NESTED_REPETITION.search(node.name):
        raise _refuse("A pattern repeats something that itself repeats or branches.")


def _check_wildcards(pattern: exp.Expr) -> None:
    if isinstance(pattern, exp.Literal) and sum(pattern.name.count(sign) for sign in "*%") > MOST_WILDCARDS:
        raise _refuse(f"A pattern may have {MOST_WILDCARDS} wildcards at most.")


def _check_call(node: exp.Expr, dialect: Dialect) -> None:
    name = node.name.lower() if isinstance(node, exp.Anonymous) else "format"
    if name in ("format", "printf") and dialect != "mysql":
        template = node.expressions[0] if isinstance(node, exp.Anonymous) and node.expressions else node.this
        if not isinstance(template, exp.Literal) or _WIDE.search(template.name):
            raise _refuse("A format must be written out, and may not ask for wide fields.")
    if name in _PATTERN_CALLS and dialect not in _SAFE_PATTERNS:
        _check_pattern(node)


def _check_pattern(node: exp.Expr) -> None:
    for part in chain([node.args.get("expression")], node.expressions):
        if isinstance(part, exp.Literal) and _NESTED_REPETITION.search(part.name):
            raise _refuse("A pattern repeats something that itself repeats or branches.")


def _refuse(reason: str) -> Refused:
    return Refused("functions", "too_much", reason)
