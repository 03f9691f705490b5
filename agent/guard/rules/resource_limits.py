"""Resource limits: rejects queries that only read, but could exhaust the memory or the CPU of a database.

Statement timeouts do not interrupt one long step such as `repeat('x', 1000000000)`; sizes are checked here.
"""

import re
from typing import TypeGuard

from sqlglot import exp

from agent.guard.rules.patterns import check_patterns
from agent.guard.verdict import RuleViolation
from store.catalog import Dialect

# Length of a generated text, and the number of generating calls: each can multiply the one before.
MAX_TEXT_SIZE = 1_000
MAX_TEXT_FILLS = 3
MAX_SERIES = 10_000
# e^1000 and 2^1000 exceed every physical quantity.
MAX_EXPONENT = 1_000

# Functions that generate a text, with the argument that determines its size.
FILL_FUNCTIONS: dict[type[exp.Expr], str] = {exp.Repeat: "times", exp.Pad: "expression", exp.Space: "this"}
# Types that pad a value to their length.
_PADDED_TYPES: dict[Dialect, frozenset[exp.DType]] = {
    "postgres": frozenset({exp.DType.CHAR, exp.DType.BPCHAR, exp.DType.NCHAR, exp.DType.BIT}),
    "mysql": frozenset({exp.DType.BINARY}),
}
_EXPONENTS: dict[type[exp.Expr], str] = {exp.Exp: "this", exp.Pow: "expression"}
_WIDE_FORMAT = re.compile(r"%[^%a-zA-Z]*(\d{4,}|\*)|[:{]\D{0,3}\d{4,}|\{[^{}]*\{")
# `INTERVAL '1' DAY`, `INTERVAL '1 day'` and `CAST('1 day' AS INTERVAL)`, with a single unit.
_COARSE_INTERVAL = re.compile(
    r"(?:INTERVAL |CAST\()'-?[1-9]\d{0,3}'? ?"
    r"(?:h|hour|day|week|mon|month|quarter|year|decade)s?'?(?: AS INTERVAL\))?",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"\d{400,}|[eE][+-]?\d{4,}")
# The same as a text that the engine converts.
_LONG_NUMBER_AS_TEXT = re.compile(r"\s*[-+]?[\d_]*\.?[\d_]*[eE][+-]?\d{4,}\s*")


def check_resource_limits(tree: exp.Expr, dialect: Dialect) -> None:
    """Reject unbounded exponents, series, literals, formats and patterns. Raises `RuleViolation`."""
    for node in tree.walk():
        check_patterns(node, dialect)
        match node:
            case exp.Exp() | exp.Pow():
                _check_exponent(node.args[_EXPONENTS[type(node)]])
            case exp.GenerateSeries() | exp.ExplodingGenerateSeries():
                series_length(node)
            case exp.Literal():
                _check_literal(node)
            case exp.Format() | exp.Anonymous():
                _check_call(node, dialect)
            case exp.DataType() if node.this in _PADDED_TYPES.get(dialect, ()):
                _check_padded_type(node)


def cap_text_sizes(tree: exp.Expr) -> None:
    """Cap the size of padded and repeated texts, also where it is computed. Raises `RuleViolation`."""
    fills = list(tree.find_all(*FILL_FUNCTIONS))
    if len(fills) > MAX_TEXT_FILLS:
        raise _violation(f"The query pads or repeats more than {MAX_TEXT_FILLS} texts.")
    for fill in fills:
        if fill.find_ancestor(*FILL_FUNCTIONS):
            raise _violation("A text that is padded or repeated may not be padded or repeated again.")
        size = fill.args[FILL_FUNCTIONS[type(fill)]]
        number = _number(size)
        if number is not None and number > MAX_TEXT_SIZE:
            raise _violation(f"A text may be padded or repeated to at most {MAX_TEXT_SIZE:,} characters.")
        if number is None and not _is_capped(size):
            size.replace(_capped(size))


def series_length(series: exp.Expr) -> int:
    """Return the number of rows of a series. Raises `RuleViolation` if it is unknown or too large."""
    step = series.args.get("step")
    if isinstance(step, exp.Interval) or _is_interval(step):
        if not _COARSE_INTERVAL.fullmatch(step.sql()):
            raise _violation("A time series needs a step of one hour or more.")
        return MAX_SERIES
    start, end = _number(series.args["start"]), _number(series.args.get("end"))
    increment = 1 if step is None else _number(step)
    if start is None or end is None or not increment:
        raise _violation("The bounds of a number series must be literal numbers.")
    length = int(abs(end - start) / abs(increment)) + 1
    if length > MAX_SERIES:
        raise _violation(f"A series may have at most {MAX_SERIES:,} elements.")
    return length


def _capped(size: exp.Expr) -> exp.Expr:
    """Cap a computed size. A CASE, because LEAST returns a number even for NULL in some engines."""
    limit = exp.Literal.number(MAX_TEXT_SIZE)
    return exp.Case(
        ifs=[exp.If(this=exp.GT(this=size.copy(), expression=limit), true=limit.copy())], default=size.copy()
    )


def _is_capped(size: exp.Expr) -> bool:
    if not isinstance(size, exp.Case) or size.this is not None or len(size.args["ifs"]) != 1:
        return False
    return size == _capped(size.args["default"]) if size.args.get("default") else False


def _is_interval(step: exp.Expr | None) -> TypeGuard[exp.Cast]:
    return isinstance(step, exp.Cast) and step.to.this is exp.DType.INTERVAL


def _number(node: exp.Expr | None) -> float | None:
    """Return the literal number in an expression, through brackets, signs and casts."""
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
    exponent = _number(node)
    if exponent is not None and abs(exponent) > MAX_EXPONENT:
        raise _violation(f"Exponents above {MAX_EXPONENT:,} are not allowed.")


def _check_literal(node: exp.Literal) -> None:
    is_too_long = _LONG_NUMBER_AS_TEXT.fullmatch if node.is_string else _LONG_NUMBER.search
    if is_too_long(node.name):
        raise _violation("A number in the query is too large.")


def _check_call(node: exp.Expr, dialect: Dialect) -> None:
    name = node.name.lower() if isinstance(node, exp.Anonymous) else "format"
    if name == "bar" and isinstance(node, exp.Anonymous):
        _check_bar(node)
    if name in ("format", "printf") and dialect != "mysql":
        template = node.expressions[0] if isinstance(node, exp.Anonymous) and node.expressions else node.this
        if not isinstance(template, exp.Literal) or _WIDE_FORMAT.search(template.name):
            raise _violation("A format must be a literal text without fields of 1,000 characters or more.")


def _check_bar(call: exp.Anonymous) -> None:
    """Limit the width of DuckDB's `bar(x, min, max, width)`, in characters."""
    width = _number(call.expressions[3]) if len(call.expressions) > 3 else 0
    if width is None or width > MAX_TEXT_SIZE:
        raise _violation(f"The width of a bar must be a number of at most {MAX_TEXT_SIZE:,}.")


def _check_padded_type(node: exp.DataType) -> None:
    lengths = [_number(parameter.this) for parameter in node.expressions]
    if any(length is None or length > MAX_TEXT_SIZE for length in lengths):
        raise _violation(f"A padded type may have at most {MAX_TEXT_SIZE:,} characters.")


def _violation(reason: str) -> RuleViolation:
    return RuleViolation("functions", "resource_limit", reason)
