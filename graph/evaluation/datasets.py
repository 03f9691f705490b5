"""Questions with known queries, as files of them are written: one JSON object a line."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class EvaluationUnusable(Exception):
    """A file of questions, a folder of databases or a suite cannot be used."""


Form = Literal["questions", "dialogues"]
Text = Annotated[str, Field(min_length=1)]


class _Turn(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    question: Text
    sql: Text


class _Single(_Turn):
    id: str | int
    db: Text


class _Dialogue(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str | int
    db: Text
    turns: Annotated[tuple[_Turn, ...], Field(min_length=1)]


_FORMS: dict[Form, TypeAdapter[_Single] | TypeAdapter[_Dialogue]] = {
    "questions": TypeAdapter(_Single),
    "dialogues": TypeAdapter(_Dialogue),
}
_EXPECTED: dict[Form, str] = {
    "questions": '{"id", "db", "question", "sql"}',
    "dialogues": '{"id", "db", "turns": [{"question", "sql"}]}',
}


@dataclass(frozen=True, slots=True)
class Known:
    """A question, and a query that gives its right answer. `id` is its own among all."""

    id: str
    question: str
    sql: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """Questions put one after the other, each in the light of those before it."""

    database: str
    turns: tuple[Known, ...]


def read_conversations(path: Path, form: Form) -> list[Conversation]:
    """Read a file of single questions (each a conversation of its own) or of dialogues.

    Raises `EvaluationUnusable`, naming the line.
    """
    return [_conversation(form, place, line) for place, line in _lines(path)]


def find_databases(conversations: Sequence[Conversation], folder: Path) -> dict[str, Path]:
    """Find the file of each database: `folder/NAME.sqlite`, or, as Spider is laid out, `NAME/NAME.sqlite`.

    Raises `EvaluationUnusable`.
    """
    if not folder.is_dir():
        raise EvaluationUnusable(f"There is no folder {folder}.")
    names = dict.fromkeys(conversation.database for conversation in conversations)
    for name in names:
        if Path(name).name != name:
            raise EvaluationUnusable(f"{name!r} is no name of a database.")
    plain = {name: folder / f"{name}.sqlite" for name in names}
    files = {name: file if file.is_file() else folder / name / file.name for name, file in plain.items()}
    missing = [name for name, file in files.items() if not file.is_file()]
    if missing:
        more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise EvaluationUnusable(f"There is no {missing[0]}.sqlite{more} in {folder}.")
    return files


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise EvaluationUnusable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise EvaluationUnusable(f"{path} is not UTF-8.") from error
    lines = [
        (f"{path}, line {number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    ]
    if not lines:
        raise EvaluationUnusable(f"There is no question in {path}.")
    yield from lines


def _conversation(form: Form, place: str, line: str) -> Conversation:
    try:
        read = _FORMS[form].validate_python(json.loads(line))
    except (ValidationError, ValueError, RecursionError) as error:
        raise EvaluationUnusable(f"{place}: this must be {_EXPECTED[form]}.") from error
    if isinstance(read, _Single):
        return Conversation(read.db, (Known(str(read.id), read.question, read.sql),))
    turns = (
        Known(f"{read.id}/{number}", turn.question, turn.sql) for number, turn in enumerate(read.turns, 1)
    )
    return Conversation(read.db, tuple(turns))
