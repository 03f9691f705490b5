"""A suite: a person's own questions about their own databases, with what must come of them, in YAML."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args

from agent.analyst import Outcome
from graph.evaluation.datasets import EvaluationUnusable
from schema_docs.errors import NotesUnreadable
from schema_docs.notes.safe_yaml import Branch, Value, read_tree

SUITE_KEYS = frozenset({"name", "database", "today", "cases"})
EXPECTED_KEYS = frozenset({"sql", "rows", "outcome"})
TURN_KEYS = frozenset({"question", "columns", "ordered"}) | EXPECTED_KEYS
CASE_KEYS = TURN_KEYS | {"name", "database", "turns"}


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come of a question: the rows of a query, these rows, or this ending.

    `ordered` None: where the query sorts. With `more_columns` the answer may show more than is expected.
    """

    sql: str | None = None
    rows: tuple[tuple[Any, ...], ...] | None = None
    outcome: Outcome | None = None
    ordered: bool | None = None
    more_columns: bool = False


@dataclass(frozen=True, slots=True)
class SuiteTurn:
    """One question of a case."""

    question: str
    expected: Expected


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation. `database` is the name of a connection, a URL, or the path of a SQLite file."""

    name: str
    database: str
    turns: tuple[SuiteTurn, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """All cases of a file, in order; questions are asked as if it were `today`."""

    name: str
    cases: tuple[Case, ...]
    today: date | None = None


def read_suite(path: Path) -> Suite:
    """Read a suite. Raises `EvaluationUnusable`, naming file and line."""
    try:
        root = read_tree(path.read_text(encoding="utf-8-sig"), path.name)
    except OSError as error:
        raise EvaluationUnusable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise EvaluationUnusable(f"{path} is not UTF-8.") from error
    except NotesUnreadable as error:
        raise EvaluationUnusable(str(error)) from error
    return _Reader(path.name).suite(root, path.stem)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns branches into a suite."""

    file: str

    def suite(self, root: Branch, stem: str) -> Suite:
        if isinstance(root.value, list):
            root = Branch({"cases": root}, root.line)
        self._check_keys(root, SUITE_KEYS)
        fallback = root.at("database").text()
        cases = tuple(self._case(each, fallback) for each in root.at("cases").items())
        if not cases:
            raise self._unusable(root, "a suite needs `cases`, a list")
        return Suite(root.at("name").text() or stem, cases, self._day(root.at("today")))

    def _case(self, branch: Branch, fallback: str) -> Case:
        self._check_keys(branch, CASE_KEYS)
        database = branch.at("database").text() or fallback
        if not database:
            raise self._unusable(branch, "`database` is missing, here and at the top")
        turns = tuple(self._turns(branch))
        return Case(branch.at("name").text() or turns[0].question, database, turns)

    def _turns(self, branch: Branch) -> Iterator[SuiteTurn]:
        turns = branch.at("turns")
        if turns.value is None:
            yield self._turn(branch)
            return
        several = list(turns.items())
        if not several or branch.at("question").value is not None:
            raise self._unusable(branch, "a case has either a `question` or a list of `turns`")
        for each in several:
            self._check_keys(each, TURN_KEYS)
            yield self._turn(each)

    def _turn(self, branch: Branch) -> SuiteTurn:
        question = branch.at("question").text()
        if not question:
            raise self._unusable(branch, "`question` is missing")
        given = [key for key in sorted(EXPECTED_KEYS) if branch.at(key).value is not None]
        if len(given) != 1:
            raise self._unusable(branch, "exactly one of `sql`, `rows` and `outcome` must be given")
        return SuiteTurn(question, self._expected(branch))

    def _expected(self, branch: Branch) -> Expected:
        columns, ordered = branch.at("columns").value, branch.at("ordered").value
        if columns not in (None, "exact", "some"):
            raise self._unusable(branch, "`columns` must be `exact` or `some`")
        if not isinstance(ordered, bool | None):
            raise self._unusable(branch, "`ordered` must be `true` or `false`")
        return Expected(
            sql=branch.at("sql").text() or None,
            rows=self._rows(branch.at("rows")),
            outcome=self._outcome(branch.at("outcome")),
            ordered=ordered,
            more_columns=columns == "some",
        )

    def _rows(self, branch: Branch) -> tuple[tuple[Any, ...], ...] | None:
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

    def _cell(self, branch: Branch) -> Value:
        if isinstance(branch.value, list | dict):
            raise self._unusable(branch, "a value in `rows` must be plain")
        return branch.value

    def _outcome(self, branch: Branch) -> Outcome | None:
        known: tuple[Outcome, ...] = get_args(Outcome)
        if branch.value is None:
            return None
        found = next((each for each in known if each == branch.value), None)
        if found is None:
            raise self._unusable(branch, f"`outcome` must be one of {', '.join(known)}")
        return found

    def _day(self, branch: Branch) -> date | None:
        try:
            return date.fromisoformat(branch.text()) if branch.value is not None else None
        except ValueError as error:
            raise self._unusable(branch, "`today` must be a day such as 2026-03-31") from error

    def _check_keys(self, branch: Branch, known: Set[str]) -> None:
        if not isinstance(branch.value, dict):
            raise self._unusable(branch, f"here must be a mapping with {', '.join(sorted(known))}")
        for key, line in branch.repeated:
            raise EvaluationUnusable(f"{self.file}, line {line}: `{key}` is written twice.")
        for key, value in branch.value.items():
            if key not in known:
                raise self._unusable(value, f"there is no `{key}`; there are {', '.join(sorted(known))}")

    def _unusable(self, branch: Branch, problem: str) -> EvaluationUnusable:
        return EvaluationUnusable(f"{self.file}, line {branch.line}: {problem}.")
