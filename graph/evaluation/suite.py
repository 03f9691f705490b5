"""Evaluation suites: a user's own questions with their expected results, in YAML."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args

from agent.analyst import Outcome
from graph.evaluation.datasets import InvalidEvaluationInput
from schema_docs.errors import NotesUnreadable
from schema_docs.notes.safe_yaml import Value, YamlNode, parse_yaml

SUITE_KEYS = frozenset({"name", "database", "today", "cases"})
EXPECTED_KEYS = frozenset({"sql", "rows", "outcome"})
TURN_KEYS = frozenset({"question", "columns", "ordered"}) | EXPECTED_KEYS
CASE_KEYS = TURN_KEYS | {"name", "database", "turns"}


@dataclass(frozen=True, slots=True)
class ExpectedResult:
    """Expected result of a question: the rows of a query, literal rows, or an outcome.

    With `ordered` None the order matters if the query sorts. With `more_columns` the answer may have
    additional columns.
    """

    sql: str | None = None
    rows: tuple[tuple[Any, ...], ...] | None = None
    outcome: Outcome | None = None
    ordered: bool | None = None
    more_columns: bool = False


@dataclass(frozen=True, slots=True)
class SuiteTurn:
    """Question of a case, with its expected result."""

    question: str
    expected: ExpectedResult


@dataclass(frozen=True, slots=True)
class SuiteCase:
    """Conversation to test. `database` is the name of a connection, a URL, or the path of a SQLite file."""

    name: str
    database: str
    turns: tuple[SuiteTurn, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases of a file, in order; relative dates refer to `today`."""

    name: str
    cases: tuple[SuiteCase, ...]
    today: date | None = None


def read_suite(path: Path) -> Suite:
    """Read a suite. Raises `InvalidEvaluationInput` with file and line."""
    try:
        root = parse_yaml(path.read_text(encoding="utf-8-sig"), path.name)
    except OSError as error:
        raise InvalidEvaluationInput(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidEvaluationInput(f"{path} is not UTF-8.") from error
    except NotesUnreadable as error:
        raise InvalidEvaluationInput(str(error)) from error
    return _SuiteParser(path.name).suite(root, path.stem)


@dataclass(frozen=True, slots=True)
class _SuiteParser:
    """Parser that builds a suite from a YAML tree."""

    file: str

    def suite(self, root: YamlNode, stem: str) -> Suite:
        if isinstance(root.value, list):
            root = YamlNode({"cases": root}, root.line)
        self._check_keys(root, SUITE_KEYS)
        fallback = root.at("database").text()
        cases = tuple(self._case(case, fallback) for case in root.at("cases").items())
        if not cases:
            raise self._unusable(root, "a suite needs `cases`, a list")
        return Suite(root.at("name").text() or stem, cases, self._day(root.at("today")))

    def _case(self, branch: YamlNode, fallback: str) -> SuiteCase:
        self._check_keys(branch, CASE_KEYS)
        database = branch.at("database").text() or fallback
        if not database:
            raise self._unusable(branch, "`database` is missing, here and at the top")
        turns = tuple(self._turns(branch))
        return SuiteCase(branch.at("name").text() or turns[0].question, database, turns)

    def _turns(self, branch: YamlNode) -> Iterator[SuiteTurn]:
        turns = branch.at("turns")
        if turns.value is None:
            yield self._turn(branch)
            return
        branches = list(turns.items())
        if not branches or branch.at("question").value is not None:
            raise self._unusable(branch, "a case has either a `question` or a list of `turns`")
        for turn in branches:
            self._check_keys(turn, TURN_KEYS)
            yield self._turn(turn)

    def _turn(self, branch: YamlNode) -> SuiteTurn:
        question = branch.at("question").text()
        if not question:
            raise self._unusable(branch, "`question` is missing")
        expectations = [key for key in sorted(EXPECTED_KEYS) if branch.at(key).value is not None]
        if len(expectations) != 1:
            raise self._unusable(branch, "exactly one of `sql`, `rows` and `outcome` is required")
        return SuiteTurn(question, self._expected(branch))

    def _expected(self, branch: YamlNode) -> ExpectedResult:
        columns, ordered = branch.at("columns").value, branch.at("ordered").value
        if columns not in (None, "exact", "some"):
            raise self._unusable(branch, "`columns` must be `exact` or `some`")
        if not isinstance(ordered, bool | None):
            raise self._unusable(branch, "`ordered` must be `true` or `false`")
        return ExpectedResult(
            sql=branch.at("sql").text() or None,
            rows=self._rows(branch.at("rows")),
            outcome=self._outcome(branch.at("outcome")),
            ordered=ordered,
            more_columns=columns == "some",
        )

    def _rows(self, branch: YamlNode) -> tuple[tuple[Any, ...], ...] | None:
        if branch.value is None:
            return None
        rows = []
        for row in branch.items():
            # `rows: [12, 13]` is short for rows of one column.
            cells = list(row.items()) if isinstance(row.value, list) else [row]
            rows.append(tuple(self._cell(cell) for cell in cells))
        if not isinstance(branch.value, list) or len({len(row) for row in rows}) > 1:
            raise self._unusable(branch, "`rows` must be a list of rows, all of the same length")
        return tuple(rows)

    def _cell(self, branch: YamlNode) -> Value:
        if isinstance(branch.value, list | dict):
            raise self._unusable(branch, "a value in `rows` must be a scalar")
        return branch.value

    def _outcome(self, branch: YamlNode) -> Outcome | None:
        outcomes: tuple[Outcome, ...] = get_args(Outcome)
        if branch.value is None:
            return None
        outcome = next((outcome for outcome in outcomes if outcome == branch.value), None)
        if outcome is None:
            raise self._unusable(branch, f"`outcome` must be one of {', '.join(outcomes)}")
        return outcome

    def _day(self, branch: YamlNode) -> date | None:
        try:
            return date.fromisoformat(branch.text()) if branch.value is not None else None
        except ValueError as error:
            raise self._unusable(branch, "`today` must be a day such as 2026-03-31") from error

    def _check_keys(self, branch: YamlNode, allowed_keys: Set[str]) -> None:
        if not isinstance(branch.value, dict):
            raise self._unusable(branch, f"expected a mapping with {', '.join(sorted(allowed_keys))}")
        for key, line in branch.repeated:
            raise InvalidEvaluationInput(f"{self.file}, line {line}: duplicate key `{key}`.")
        for key, value in branch.value.items():
            if key not in allowed_keys:
                raise self._unusable(
                    value, f"unknown key `{key}`; allowed are {', '.join(sorted(allowed_keys))}"
                )

    def _unusable(self, branch: YamlNode, problem: str) -> InvalidEvaluationInput:
        return InvalidEvaluationInput(f"{self.file}, line {branch.line}: {problem}.")
