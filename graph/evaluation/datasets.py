"""Evaluation datasets: questions with gold queries, one JSON object per line (JSON Lines)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

import sqlglot
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlglot import exp
from sqlglot.errors import SqlglotError


class InvalidEvaluationInput(Exception):
    """A dataset, a folder of databases or an evaluation suite cannot be used."""


DatasetFormat = Literal["questions", "dialogues"]
Text = Annotated[str, Field(min_length=1)]


class _TurnRecord(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    question: Text
    sql: Text


class _QuestionRecord(_TurnRecord):
    id: str | int
    db: Text


class _DialogueRecord(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str | int
    db: Text
    turns: Annotated[tuple[_TurnRecord, ...], Field(min_length=1)]


_ADAPTERS: dict[DatasetFormat, TypeAdapter[_QuestionRecord] | TypeAdapter[_DialogueRecord]] = {
    "questions": TypeAdapter(_QuestionRecord),
    "dialogues": TypeAdapter(_DialogueRecord),
}
_EXPECTED_KEYS: dict[DatasetFormat, str] = {
    "questions": '{"id", "db", "question", "sql"}',
    "dialogues": '{"id", "db", "turns": [{"question", "sql"}]}',
}


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """Question with its gold query. `id` is unique within the dataset."""

    id: str
    question: str
    sql: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Conversation of one or more questions about one database, asked in order."""

    database: str
    turns: tuple[GoldQuestion, ...]


def read_dialogues(path: Path, dataset_format: DatasetFormat) -> list[Dialogue]:
    """Read a dataset of single questions (each a dialogue of one turn) or of dialogues.

    Raises `InvalidEvaluationInput`, naming the line.
    """
    return [_parse_dialogue(dataset_format, location, line) for location, line in _read_lines(path)]


def find_databases(dialogues: Sequence[Dialogue], folder: Path) -> dict[str, Path]:
    """Locate the SQLite file of each database: `folder/NAME.sqlite`, or `NAME/NAME.sqlite` as in Spider.

    Raises `InvalidEvaluationInput`.
    """
    if not folder.is_dir():
        raise InvalidEvaluationInput(f"The folder {folder} does not exist.")
    names = dict.fromkeys(conversation.database for conversation in dialogues)
    for name in names:
        if Path(name).name != name:
            raise InvalidEvaluationInput(f"{name!r} is not a valid database name.")
    candidates = {name: folder / f"{name}.sqlite" for name in names}
    files = {name: file if file.is_file() else folder / name / file.name for name, file in candidates.items()}
    missing = [name for name, file in files.items() if not file.is_file()]
    if missing:
        suffix = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise InvalidEvaluationInput(f"There is no {missing[0]}.sqlite{suffix} in {folder}.")
    return files


def _read_lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidEvaluationInput(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidEvaluationInput(f"{path} is not UTF-8.") from error
    lines = [
        (f"{path}, line {number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    ]
    if not lines:
        raise InvalidEvaluationInput(f"{path} contains no questions.")
    yield from lines


def _parse_dialogue(dataset_format: DatasetFormat, location: str, line: str) -> Dialogue:
    try:
        record = _ADAPTERS[dataset_format].validate_python(json.loads(line))
    except (ValidationError, ValueError, RecursionError) as error:
        raise InvalidEvaluationInput(f"{location}: this must be {_EXPECTED_KEYS[dataset_format]}.") from error
    if isinstance(record, _QuestionRecord):
        return Dialogue(record.db, (GoldQuestion(str(record.id), record.question, record.sql),))
    turns = (
        GoldQuestion(f"{record.id}/{number}", turn.question, turn.sql)
        for number, turn in enumerate(record.turns, 1)
    )
    return Dialogue(record.db, tuple(turns))


Hardness = Literal["easy", "medium", "hard", "extra"]
HARDNESS_CLASSES: tuple[Hardness, ...] = get_args(Hardness)


def hardness_of(sql: str, dialect: str) -> Hardness:
    """Classify a query; a query that cannot be parsed is `extra` hard."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return "extra"
    select = tree if isinstance(tree, exp.Select) else tree.find(exp.Select)
    if select is None:
        return "extra"
    components, subqueries, multiples = (
        _count_components(select),
        _count_subqueries(tree),
        _count_multiples(select),
    )
    if components <= 1 and multiples == 0 and subqueries == 0:
        return "easy"
    if subqueries == 0 and ((multiples <= 2 and components <= 1) or (components <= 2 and multiples < 2)):
        return "medium"
    if subqueries == 0 and ((multiples > 2 and components <= 2) or (2 < components <= 3 and multiples <= 2)):
        return "hard"
    return "hard" if components <= 1 and multiples == 0 and subqueries <= 1 else "extra"


def _count_components(select: exp.Select) -> int:
    """Count the clauses beyond SELECT and FROM, plus each join, OR and LIKE."""
    clauses = sum(bool(select.args.get(name)) for name in ("where", "group", "order", "limit"))
    conditions = [part for name in ("where", "having") if (part := select.args.get(name))]
    ors = sum(len(_nodes_of_select(condition, exp.Or)) for condition in conditions)
    likes = sum(len(_nodes_of_select(condition, exp.Like)) for condition in conditions)
    return clauses + len(select.args.get("joins") or ()) + ors + likes


def _count_subqueries(tree: exp.Expr) -> int:
    """Count nested queries and operands of set operations."""
    return sum(1 for _ in tree.find_all(exp.Select)) - 1


def _count_multiples(select: exp.Select) -> int:
    """Count which of aggregates, columns, conditions and groups occur more than once."""
    where, group = select.args.get("where"), select.args.get("group")
    aggregates = len(_nodes_of_select(select, exp.AggFunc))
    conditions = (
        1 + len(_nodes_of_select(where, exp.And)) + len(_nodes_of_select(where, exp.Or)) if where else 0
    )
    groups = len(group.expressions) if group else 0
    return sum(count > 1 for count in (aggregates, len(select.expressions), conditions, groups))


def _nodes_of_select(part: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """Find the nodes of a kind, except in nested queries."""
    select = part if isinstance(part, exp.Select) else part.find_ancestor(exp.Select)
    return [node for node in part.find_all(kind) if node.find_ancestor(exp.Select) is select]
