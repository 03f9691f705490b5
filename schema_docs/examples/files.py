"""Examples read from YAML, CSV, JSON and lines of JSON."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.notes import Problem
from schema_docs.notes.safe_yaml import MOST_BYTES, Branch, read_tree
from store.examples import NewExample, Status

MOST_QUESTION = 4_000
MOST_SQL = 20_000
# People have called these two by many names; the first one that is there counts.
_QUESTIONS = ("question", "utterance", "text", "input", "q")
_QUERIES = ("sql", "query", "gold", "answer", "output")


@dataclass(frozen=True, slots=True)
class ReadExample:
    """An example with the line on which it begins, from 1."""

    example: NewExample
    line: int


@dataclass(frozen=True, slots=True)
class ExamplesRead:
    """What a file holds, and what of it had to be left out."""

    examples: tuple[ReadExample, ...]
    problems: tuple[Problem, ...] = ()


def read_examples(path: Path, author: str, status: Status) -> ExamplesRead:
    """Read a file; `author` and `status` are for those that name none.

    Raises `OSError`, and `NotesUnreadable` for what is none of the forms, or too large.
    """
    with path.open("rb") as file:
        text = file.read(MOST_BYTES + 1).decode("utf-8-sig", errors="replace")
    if len(text.encode()) > MOST_BYTES:
        raise NotesUnreadable(path.name, 1, f"The file is larger than {MOST_BYTES:,} bytes.")
    read: list[ReadExample] = []
    problems: list[Problem] = []
    for line, given in _records(text, path):
        told = _example(given, author, status)
        if isinstance(told, str):
            problems.append(Problem(path.name, line, told))
        else:
            read.append(ReadExample(told, line))
    return ExamplesRead(tuple(read), tuple(problems))


def _records(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    match path.suffix.lower():
        case ".csv" | ".tsv":
            yield from _rows(text, path)
        case ".jsonl" | ".ndjson":
            yield from _lines(text, path.name)
        case ".yml" | ".yaml" | ".json":
            yield from _entries(read_tree(text, path.name), path.name)
        case _:
            raise NotesUnreadable(path.name, 1, "Examples are read from .yml, .csv, .jsonl and .json.")


def _rows(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text), dialect="excel-tab" if path.suffix == ".tsv" else "excel")
    before = 1
    try:
        for row in reader:
            # A field may hold lines: the row begins where the one before it ended.
            begins, before = before + 1, reader.line_num
            yield begins, {str(key).strip().casefold(): value for key, value in row.items()}
    except csv.Error as error:
        raise NotesUnreadable(path.name, reader.line_num, "This is not CSV that can be read.") from error


def _lines(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                given = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise NotesUnreadable(name, number, "This is not a line of JSON.") from error
            yield number, given if isinstance(given, dict) else {}


def _entries(root: Branch, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Walk through a list, or the list under `examples`."""
    listed = root.at("examples") if isinstance(root.value, dict) else root
    if not isinstance(listed.value, list):
        raise NotesUnreadable(name, root.line, "A list of examples was expected.")
    for entry in listed.items():
        keys = entry.value if isinstance(entry.value, dict) else {}
        yield entry.line, {key: _plain(value) for key, value in keys.items()}


def _plain(branch: Branch) -> Any:
    return [_plain(part) for part in branch.value] if isinstance(branch.value, list) else branch.value


def _example(given: Mapping[str, Any], author: str, status: Status) -> NewExample | str:
    """Make an example of what was written; or say what is wrong with it."""
    question, sql = _first(given, _QUESTIONS), _first(given, _QUERIES).rstrip("; \n")
    if not question or not sql:
        return "An example needs a question and its sql."
    if len(question) > MOST_QUESTION or len(sql) > MOST_SQL:
        return "Its question or its sql is too long."
    said = _text(given.get("status")) or status
    if said not in get_args(Status):
        return f"Its status is none of {', '.join(get_args(Status))}."
    by = _text(given.get("author")) or author
    return NewExample(question, sql, by, cast(Status, said), tuple(_words(given.get("tags"))))


def _first(given: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((text for name in names if (text := _text(given.get(name)))), "")


def _text(value: Any) -> str:
    return value.strip().replace("\x00", "") if isinstance(value, str) else ""


def _words(value: Any) -> list[str]:
    """Give tags, from a list or from a text with commas or semicolons."""
    every = value if isinstance(value, list) else _text(value).replace(";", ",").split(",")
    return [text for each in every if (text := _text(each))]
