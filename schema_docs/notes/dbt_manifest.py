"""dbt's `manifest.json`: what is in it of tables, in the form in which people write `schema.yml`."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.dbt_tests import table_of
from schema_docs.notes.safe_yaml import Branch

MANIFEST = "manifest.json"
# Most of one is compiled SQL and macros, which are let go at once.
MOST_MANIFEST_BYTES = 100_000_000

# What a node or a column may say for itself.
_TOLD = ("description", "meta", "tags")
_TABLES = ("model", "seed", "snapshot", "source")
_REDUCED = "querent_notes"
_ID = re.compile(r'"((?:model|seed|snapshot|source|metric)\.[^"\\]+)"\s*:')

Json = Mapping[str, Any]


def reduce_manifest(text: str, file: str) -> str:
    """Keep what is said of tables, columns and metrics, each with its line; raises `NotesUnreadable`."""
    if len(text.encode(errors="replace")) > MOST_MANIFEST_BYTES:
        raise NotesUnreadable(file, 1, f"The file is larger than {MOST_MANIFEST_BYTES:,} bytes.")
    root = _parsed(text, file)
    if _REDUCED in root:
        return text
    if not isinstance(root.get("nodes"), dict):
        raise NotesUnreadable(file, 1, "This is no manifest of dbt: it has no `nodes`.")
    lines = _lines(text)
    tests = _tests(root)
    schemas: defaultdict[str, list[Json]] = defaultdict(list)
    for id, node in _nodes(root):
        if entry := _entry(node, tests.get(id, ()), lines.get(id, 1)):
            schemas[str(node.get("schema") or "")].append(entry)
    sources = [{"name": schema, "schema": schema, "tables": tables} for schema, tables in schemas.items()]
    metrics = [
        {**_picked(metric, "name", "label", "description", "meta"), "line": lines.get(id, 1)}
        for id, metric in _mapping(root.get("metrics")).items()
        if isinstance(metric, dict)
    ]
    return json.dumps({_REDUCED: 1, "sources": sources, "metrics": metrics}, ensure_ascii=False)


def read_manifest(text: str, file: str) -> Branch:
    """Give a manifest, reduced or not, as `schema.yml` would say it; raises `NotesUnreadable`."""
    return _grow(_parsed(reduce_manifest(text, file), file), 1)


def _parsed(text: str, file: str) -> dict[str, Any]:
    try:
        root = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotesUnreadable(file, error.lineno, "This is not JSON that can be read.") from error
    except (RecursionError, ValueError) as error:
        raise NotesUnreadable(file, 1, "This is not JSON that can be read.") from error
    if not isinstance(root, dict):
        raise NotesUnreadable(file, 1, "This is no manifest of dbt.")
    return root


def _lines(text: str) -> dict[str, int]:
    """Say on which line each node begins; later mentions of it are not what it says."""
    lines: dict[str, int] = {}
    line, at = 1, 0
    for found in _ID.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        lines.setdefault(found[1], line)
    return lines


def _nodes(root: Json) -> Iterator[tuple[str, Json]]:
    for part in ("nodes", "sources"):
        for id, node in _mapping(root.get(part)).items():
            if isinstance(node, dict) and node.get("resource_type") in _TABLES:
                yield id, node


def _entry(node: Json, tests: "Mapping[str, list[Any]] | tuple[()]", line: int) -> Json | None:
    """Say what is written of one table; None where nothing is, or where there will be no table."""
    if _mapping(node.get("config")).get("materialized") == "ephemeral":
        return None
    stated = dict(tests)
    columns = [
        {**_picked(column, "name", *_TOLD, "config"), "tests": stated.pop(str(name), [])}
        for name, column in _mapping(node.get("columns")).items()
        if isinstance(column, dict)
    ]
    columns += [{"name": name, "tests": more} for name, more in stated.items()]
    told = [column for column in columns if any(map(column.get, (*_TOLD, "tests")))]
    entry = {**_picked(node, *_TOLD, "config"), "columns": told}
    if not told and not any(map(entry.get, _TOLD)):
        return None
    return {**entry, "name": _relation(node), "line": line}


def _relation(node: Json) -> str:
    return str(node.get("identifier") or node.get("alias") or node.get("name") or "")


def _tests(root: Json) -> dict[str, dict[str, list[Any]]]:
    """Gather the tests of columns, by the node and the column they are attached to."""
    nodes = dict(_nodes(root))
    tests: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for test in _mapping(root.get("nodes")).values():
        if not isinstance(test, dict) or test.get("resource_type") != "test":
            continue
        about = _mapping(test.get("test_metadata"))
        given = dict(_mapping(about.get("kwargs")))
        column = test.get("column_name") or given.get("column_name")
        near = [id for id in _mapping(test.get("depends_on")).get("nodes") or () if id in nodes]
        id = test.get("attached_node") or _called(str(given.get("model")), near, nodes)
        if column and id in nodes and isinstance(about.get("name"), str):
            if "to" in given:
                to = _called(str(given["to"]), near, nodes)
                given["to"] = _relation(nodes[to]) if to else given["to"]
            if where := _mapping(test.get("config")).get("where"):
                given["where"] = where
            tests[id][str(column)].append({about["name"]: given})
    return {id: dict(columns) for id, columns in tests.items()}


def _called(reference: str, near: list[str], nodes: Mapping[str, Json]) -> str | None:
    name = table_of(reference)
    return next((id for id in near if nodes[id].get("name") == name), near[0] if len(near) == 1 else None)


def _picked(node: Json, *keys: str) -> dict[str, Any]:
    picked = {key: node[key] for key in keys if node.get(key)}
    if "config" in picked:
        meta = _mapping(picked.pop("config")).get("meta")
        picked |= {"meta": meta} if meta and not picked.get("meta") else {}
    return picked


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _grow(value: Any, line: int) -> Branch:
    match value:
        case dict():
            own = value.get("line")
            line = own if isinstance(own, int) else line
            return Branch({str(key): _grow(part, line) for key, part in value.items()}, line)
        case list():
            return Branch([_grow(part, line) for part in value], line)
    return Branch(value, line)
