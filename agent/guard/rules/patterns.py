"""Regular-expression limits: rejects patterns that can take exponential time or a huge automaton."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from sqlglot import exp

from agent.guard.verdict import RuleViolation
from store.catalog import Dialect

# How often a part of a pattern may be repeated by nested groups: 28 for an IPv6 address, 2,500 for
# `(a{1,50}){1,50}`.
MAX_NESTED_REPETITIONS = 100
MAX_WILDCARDS = 8

# Engines whose regular expressions match in linear time, and limit the size of the automaton themselves.
_LINEAR_TIME: frozenset[Dialect] = frozenset({"duckdb"})
_PATTERN_NODES = (
    exp.RegexpLike,
    exp.RegexpILike,
    exp.SimilarTo,
    exp.RegexpReplace,
    exp.RegexpSubstr,
    exp.RegexpInstr,
    exp.RegexpCount,
    exp.RegexpExtract,
    exp.RegexpExtractAll,
    exp.RegexpSplit,
)
_PATTERN_CALLS = frozenset(
    {"regexp_match", "regexp_matches", "regexp_split_to_array", "regexp_split_to_table"}
)
# Nodes a computed pattern may consist of; other functions could assemble a pattern the checks do not see.
_TRANSPARENT_NODES = (
    exp.Literal, exp.Column, exp.Identifier, exp.Paren, exp.Cast, exp.DataType, exp.Array, exp.Any, exp.All,
    exp.Tuple, exp.DPipe, exp.Concat, exp.Lower, exp.Upper, exp.Trim, exp.Coalesce, exp.Case, exp.If,
    exp.Connector, exp.Predicate, exp.Null, exp.Boolean, exp.Query, exp.From, exp.Where, exp.Table,
    exp.TableAlias, exp.Alias, exp.Order, exp.Ordered, exp.Limit, exp.Join, exp.Not, exp.RawString,
)  # fmt: skip
# Expressions that are texts, as opposed to positions.
_TEXT_NODES = (exp.Literal, exp.DPipe, exp.Concat, exp.Repeat, exp.Pad, exp.Replace, exp.Lower, exp.Upper)
_LIKE_REGEX = re.compile(r'like_regex\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
_TOKEN = re.compile(
    r"""\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]   # an escape, a bracket expression
    |(?P<open>\((?:\?(?:[:=!>]|<[=!]|[a-zA-Z]+:?))?)|(?P<close>\))|(?P<alternative>\|)
    |(?P<unbounded>[*+])|\{(?P<minimum>\d+)(?:(?P<comma>,)(?P<maximum>\d*))?\}
    |.""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(slots=True)
class _Group:
    """A group of a pattern: the most repetitions of a part of it, and whether it has alternatives."""

    repetitions: float = 1.0
    has_alternatives: bool = False


class _PatternScanner:
    """Follows the groups and quantifiers of a pattern."""

    def __init__(self) -> None:
        self._groups = [_Group()]
        # The group that has just been closed, and whether a quantifier has just been read.
        self._closed: _Group | None = None
        self._quantified = False

    def feed(self, token: re.Match[str]) -> bool:
        """Read a token of the pattern; tell whether it makes the pattern expensive."""
        maximum = _repetitions(token)
        if maximum is not None:
            return self._quantify(token, maximum)
        self._closed, self._quantified = None, False
        if token["open"]:
            self._groups.append(_Group())
        elif token["close"] and len(self._groups) > 1:
            self._close()
        elif token["alternative"]:
            self._groups[-1].has_alternatives = True
        return False

    def _close(self) -> None:
        group = self._closed = self._groups.pop()
        outer = self._groups[-1]
        outer.repetitions = max(outer.repetitions, group.repetitions)
        outer.has_alternatives |= group.has_alternatives

    def _quantify(self, token: re.Match[str], maximum: float) -> bool:
        group, outer = self._closed or _Group(), self._groups[-1]
        total = maximum * group.repetitions
        # `a{1,9}{1,9}` multiplies as well; `a++` and `a+?` are other kinds of a single repetition.
        twice = self._quantified and bool(token["minimum"])
        nested = group.repetitions > 1 and total > MAX_NESTED_REPETITIONS
        outer.repetitions = max(outer.repetitions, total)
        self._closed, self._quantified = None, True
        return twice or nested or group.has_alternatives or group.repetitions == inf


def check_patterns(node: exp.Expr, dialect: Dialect) -> None:
    """Reject an expensive pattern in a node, if it has one. Raises `RuleViolation`."""
    match node:
        case exp.Glob() | exp.Like() | exp.ILike():
            _check_wildcards(node.expression)
        case exp.Literal() if node.is_string and "like_regex" in node.name:
            for pattern in _LIKE_REGEX.finditer(node.name):
                _check_pattern(pattern[1])
        case _ if dialect not in _LINEAR_TIME:
            for argument in _pattern_arguments(node, dialect):
                _check_argument(argument)


def is_expensive(pattern: str) -> bool:
    """Tell whether a group that repeats without limit, branches, or multiplies too often is repeated."""
    scanner = _PatternScanner()
    return any(scanner.feed(token) for token in _TOKEN.finditer(pattern))


def _repetitions(token: re.Match[str]) -> float | None:
    """Return how often a quantifier repeats at most; None for any other token."""
    if token["unbounded"]:
        return inf
    if token["minimum"] is None:
        return None
    if not token["comma"]:
        return float(token["minimum"])
    return float(token["maximum"]) if token["maximum"] else inf


def _pattern_arguments(node: exp.Expr, dialect: Dialect) -> Iterator[exp.Expr]:
    if isinstance(node, _PATTERN_NODES) and node.expression is not None:
        yield node.expression
    elif isinstance(node, exp.Anonymous) and node.name.lower() in _PATTERN_CALLS and node.expressions:
        yield from node.expressions[1:2]
    elif isinstance(node, exp.Substring) and dialect == "postgres":
        # `substring(text FROM pattern)`, unless it is a position.
        start = node.args.get("start")
        if isinstance(start, _TEXT_NODES) and not (isinstance(start, exp.Literal) and not start.is_string):
            yield start


def _check_argument(argument: exp.Expr) -> None:
    """Check a literal pattern, or the literals that a computed one consists of, alone and together."""
    literals = [literal.name for literal in argument.find_all(exp.Literal, bfs=False) if literal.is_string]
    if literals and not all(isinstance(node, _TRANSPARENT_NODES) for node in argument.walk()):
        raise _violation("A regular expression must be a literal, a column, or a concatenation of these.")
    for pattern in (*literals, "".join(literals)):
        _check_pattern(pattern)


def _check_pattern(pattern: str) -> None:
    if is_expensive(pattern):
        raise _violation(
            "A regular expression repeats a group that itself repeats or branches, "
            f"or repeats a part more than {MAX_NESTED_REPETITIONS} times in nested groups."
        )


def _check_wildcards(pattern: exp.Expr) -> None:
    if isinstance(pattern, exp.Literal) and sum(pattern.name.count(sign) for sign in "*%") > MAX_WILDCARDS:
        raise _violation(f"A pattern may have at most {MAX_WILDCARDS} wildcards.")


def _violation(reason: str) -> RuleViolation:
    return RuleViolation("functions", "resource_limit", reason)
