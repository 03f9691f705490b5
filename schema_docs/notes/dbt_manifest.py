"""dbt's `manifest.json`, converted to the structure of a `schema.yml`."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.dbt_tests import resolve_ref
from schema_docs.notes.safe_yaml import YamlNode

MANIFEST_NAME = "manifest.json"
# Most of a manifest is compiled SQL and macros, which are discarded at once.
MAX_MANIFEST_BYTES = 100_000_000

# Descriptive keys of a node or a column.
_DESCRIPTIVE_KEYS = ("description", "meta", "tags")
_TABLE_TYPES = ("model", "seed", "snapshot", "source")
_REDUCED_KEY = "querent_notes"
_NODE_ID = re.compile(r'"((?:model|seed|snapshot|source|metric)\.[^"\\]+)"\s*:')

Json = Mapping[str, Any]


def reduce_manifest(text: str, file: str) -> str:
    """Reduce a manifest to descriptions of tables, columns and metrics, each with its line.

    Raises `NotesUnreadable`.
    """
    if len(text.encode(errors="replace")) > MAX_MANIFEST_BYTES:
        raise NotesUnreadable(file, 1, f"The file is larger than {MAX_MANIFEST_BYTES:,} bytes.")
    root = _parse_json(text, file)
    if _REDUCED_KEY in root:
        return text
    if not isinstance(root.get("nodes"), dict):
        raise NotesUnreadable(file, 1, "This is not a dbt manifest: it has no `nodes`.")
    lines = _node_lines(text)
    tests = _collect_tests(root)
    schemas: defaultdict[str, list[Json]] = defaultdict(list)
    for id, node in _iterate_nodes(root):
        if entry := _build_entry(node, tests.get(id, ()), lines.get(id, 1)):
            schemas[str(node.get("schema") or "")].append(entry)
    sources = [{"name": schema, "schema": schema, "tables": tables} for schema, tables in schemas.items()]
    metrics = [
        {**_pick(metric, "name", "label", "description", "meta"), "line": lines.get(id, 1)}
        for id, metric in _as_mapping(root.get("metrics")).items()
        if isinstance(metric, dict)
    ]
    return json.dumps({_REDUCED_KEY: 1, "sources": sources, "metrics": metrics}, ensure_ascii=False)


def read_manifest(text: str, file: str) -> YamlNode:
    """Return a manifest, reduced or not, in the structure of `schema.yml`; raises `NotesUnreadable`."""
    return _to_node(_parse_json(reduce_manifest(text, file), file), 1)


def _parse_json(text: str, file: str) -> dict[str, Any]:
    try:
        root = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotesUnreadable(file, error.lineno, "The file is not valid JSON.") from error
    except (RecursionError, ValueError) as error:
        raise NotesUnreadable(file, 1, "The file is not valid JSON.") from error
    if not isinstance(root, dict):
        raise NotesUnreadable(file, 1, "This is not a dbt manifest.")
    return root


def _node_lines(text: str) -> dict[str, int]:
    """Return the line on which each node begins; later mentions of a node are references."""
    lines: dict[str, int] = {}
    line, position = 1, 0
    for match in _NODE_ID.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        lines.setdefault(match[1], line)
    return lines


def _iterate_nodes(root: Json) -> Iterator[tuple[str, Json]]:
    for part in ("nodes", "sources"):
        for id, node in _as_mapping(root.get(part)).items():
            if isinstance(node, dict) and node.get("resource_type") in _TABLE_TYPES:
                yield id, node


def _build_entry(node: Json, tests: "Mapping[str, list[Any]] | tuple[()]", line: int) -> Json | None:
    """Return the entry of one table; None if nothing is documented, or if there will be no table."""
    if _as_mapping(node.get("config")).get("materialized") == "ephemeral":
        return None
    tests_by_column = dict(tests)
    columns = [
        {**_pick(column, "name", *_DESCRIPTIVE_KEYS, "config"), "tests": tests_by_column.pop(str(name), [])}
        for name, column in _as_mapping(node.get("columns")).items()
        if isinstance(column, dict)
    ]
    columns += [{"name": name, "tests": remaining} for name, remaining in tests_by_column.items()]
    documented = [column for column in columns if any(map(column.get, (*_DESCRIPTIVE_KEYS, "tests")))]
    entry = {**_pick(node, *_DESCRIPTIVE_KEYS, "config"), "columns": documented}
    if not documented and not any(map(entry.get, _DESCRIPTIVE_KEYS)):
        return None
    return {**entry, "name": _relation_name(node), "line": line}


def _relation_name(node: Json) -> str:
    return str(node.get("identifier") or node.get("alias") or node.get("name") or "")


def _collect_tests(root: Json) -> dict[str, dict[str, list[Any]]]:
    """Collect the tests of columns, by the node and the column they are attached to."""
    nodes = dict(_iterate_nodes(root))
    tests: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for test in _as_mapping(root.get("nodes")).values():
        if not isinstance(test, dict) or test.get("resource_type") != "test":
            continue
        metadata = _as_mapping(test.get("test_metadata"))
        arguments = dict(_as_mapping(metadata.get("kwargs")))
        column = test.get("column_name") or arguments.get("column_name")
        candidates = [id for id in _as_mapping(test.get("depends_on")).get("nodes") or () if id in nodes]
        id = test.get("attached_node") or _resolve_node(str(arguments.get("model")), candidates, nodes)
        if column and id in nodes and isinstance(metadata.get("name"), str):
            if "to" in arguments:
                referenced = _resolve_node(str(arguments["to"]), candidates, nodes)
                arguments["to"] = _relation_name(nodes[referenced]) if referenced else arguments["to"]
            if where := _as_mapping(test.get("config")).get("where"):
                arguments["where"] = where
            tests[id][str(column)].append({metadata["name"]: arguments})
    return {id: dict(columns) for id, columns in tests.items()}


def _resolve_node(reference: str, candidates: list[str], nodes: Mapping[str, Json]) -> str | None:
    name = resolve_ref(reference)
    return next(
        (id for id in candidates if nodes[id].get("name") == name),
        candidates[0] if len(candidates) == 1 else None,
    )


def _pick(node: Json, *keys: str) -> dict[str, Any]:
    picked = {key: node[key] for key in keys if node.get(key)}
    if "config" in picked:
        meta = _as_mapping(picked.pop("config")).get("meta")
        picked |= {"meta": meta} if meta and not picked.get("meta") else {}
    return picked


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _to_node(value: Any, line: int) -> YamlNode:
    match value:
        case dict():
            stated_line = value.get("line")
            line = stated_line if isinstance(stated_line, int) else line
            return YamlNode({str(key): _to_node(part, line) for key, part in value.items()}, line)
        case list():
            return YamlNode([_to_node(part, line) for part in value], line)
    return YamlNode(value, line)
