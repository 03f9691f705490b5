"""Import of examples from YAML, CSV, JSON and JSON Lines files."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.notes import NoteProblem
from schema_docs.notes.safe_yaml import MAX_FILE_BYTES, YamlNode, parse_yaml
from store.examples import ExampleStatus, NewExample

MAX_QUESTION_LENGTH = 4_000
MAX_SQL_LENGTH = 20_000
# Field names in common use; the first one present counts.
_QUESTION_KEYS = ("question", "utterance", "text", "input", "q")
_SQL_KEYS = ("sql", "query", "gold", "answer", "output")


@dataclass(frozen=True, slots=True)
class ParsedExample:
    """An example with the line on which it begins, from 1."""

    example: NewExample
    line: int


@dataclass(frozen=True, slots=True)
class ParsedExamples:
    """The examples of a file, and the problems of records that were left out."""

    examples: tuple[ParsedExample, ...]
    problems: tuple[NoteProblem, ...] = ()


def read_examples(path: Path, author: str, status: ExampleStatus) -> ParsedExamples:
    """Read a file; `author` and `status` apply to records without their own.

    Raises `OSError`, and `NotesUnreadable` for an unknown format or a file that is too large.
    """
    with path.open("rb") as file:
        text = file.read(MAX_FILE_BYTES + 1).decode("utf-8-sig", errors="replace")
    if len(text.encode()) > MAX_FILE_BYTES:
        raise NotesUnreadable(path.name, 1, f"The file is larger than {MAX_FILE_BYTES:,} bytes.")
    examples: list[ParsedExample] = []
    problems: list[NoteProblem] = []
    for line, record in _iterate_records(text, path):
        parsed = _parse_example(record, author, status)
        if isinstance(parsed, str):
            problems.append(NoteProblem(path.name, line, parsed))
        else:
            examples.append(ParsedExample(parsed, line))
    return ParsedExamples(tuple(examples), tuple(problems))


def _iterate_records(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    match path.suffix.lower():
        case ".csv" | ".tsv":
            yield from _csv_records(text, path)
        case ".jsonl" | ".ndjson":
            yield from _jsonl_records(text, path.name)
        case ".yml" | ".yaml" | ".json":
            yield from _yaml_records(parse_yaml(text, path.name), path.name)
        case _:
            raise NotesUnreadable(path.name, 1, "Unsupported file type. Use .yml, .csv, .jsonl or .json.")


def _csv_records(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text), dialect="excel-tab" if path.suffix == ".tsv" else "excel")
    last_line = 1
    try:
        for row in reader:
            # A field may contain line breaks: a row begins where the previous one ended.
            first_line, last_line = last_line + 1, reader.line_num
            yield first_line, {str(key).strip().casefold(): value for key, value in row.items()}
    except csv.Error as error:
        raise NotesUnreadable(path.name, reader.line_num, "The file is not valid CSV.") from error


def _jsonl_records(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise NotesUnreadable(name, number, "This line is not valid JSON.") from error
            yield number, record if isinstance(record, dict) else {}


def _yaml_records(root: YamlNode, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Iterate over a list, or over the list under `examples`."""
    sequence = root.at("examples") if isinstance(root.value, dict) else root
    if not isinstance(sequence.value, list):
        raise NotesUnreadable(name, root.line, "A list of examples was expected.")
    for entry in sequence.items():
        keys = entry.value if isinstance(entry.value, dict) else {}
        yield entry.line, {key: _to_plain(value) for key, value in keys.items()}


def _to_plain(branch: YamlNode) -> Any:
    return [_to_plain(part) for part in branch.value] if isinstance(branch.value, list) else branch.value


def _parse_example(record: Mapping[str, Any], author: str, status: ExampleStatus) -> NewExample | str:
    """Build an example from a record, or return a sentence that says what is wrong with it."""
    question, sql = _first_text(record, _QUESTION_KEYS), _first_text(record, _SQL_KEYS).rstrip("; \n")
    if not question or not sql:
        return "An example needs a question and its SQL."
    if len(question) > MAX_QUESTION_LENGTH or len(sql) > MAX_SQL_LENGTH:
        return "The question or the SQL is too long."
    stated_status = _to_text(record.get("status")) or status
    if stated_status not in get_args(ExampleStatus):
        return f"The status must be one of {', '.join(get_args(ExampleStatus))}."
    stated_author = _to_text(record.get("author")) or author
    return NewExample(
        question,
        sql,
        stated_author,
        cast(ExampleStatus, stated_status),
        tuple(_split_tags(record.get("tags"))),
    )


def _first_text(record: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((text for name in names if (text := _to_text(record.get(name)))), "")


def _to_text(value: Any) -> str:
    return value.strip().replace("\x00", "") if isinstance(value, str) else ""


def _split_tags(value: Any) -> list[str]:
    """Return tags, from a list or from a text with commas or semicolons."""
    tags = value if isinstance(value, list) else _to_text(value).replace(";", ",").split(",")
    return [text for each in tags if (text := _to_text(each))]
