"""Safe YAML parser: plain values with line numbers, and limits against hostile files."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from schema_docs.errors import NotesUnreadable

# Bytes of one file. The largest schema.yml seen so far has a tenth of this.
MAX_FILE_BYTES = 5_000_000
# Values after expansion of aliases. Ten aliases of ten aliases of … exceed it at once.
MAX_VALUES = 500_000
MAX_DEPTH = 60

# libyaml is ten times as fast; a build of PyYAML without it still works.
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_MERGE = "tag:yaml.org,2002:merge"

Value: TypeAlias = "str | int | float | bool | list[YamlNode] | dict[str, YamlNode] | None"


@dataclass(frozen=True, slots=True)
class YamlNode:
    """A YAML value with its line, from 1. `repeated` are duplicate keys with their lines."""

    value: Value
    line: int
    repeated: tuple[tuple[str, int], ...] = ()

    def at(self, key: str) -> "YamlNode":
        """Return the value of a key; a node with None if it is missing."""
        node = self.value.get(key) if isinstance(self.value, dict) else None
        return node or YamlNode(None, self.line)

    def items(self) -> "Iterator[YamlNode]":
        """Iterate over a list; other values have no items."""
        return iter(self.value if isinstance(self.value, list) else [])

    def text(self) -> str:
        """Return a string, stripped; other values are empty."""
        return self.value.strip() if isinstance(self.value, str) else ""


def parse_yaml(text: str, file: str) -> YamlNode:
    """Parse YAML; raises `NotesUnreadable` if it is too large or deep, malformed, or refers to itself."""
    if len(text.encode(errors="replace")) > MAX_FILE_BYTES:
        raise NotesUnreadable(file, 1, f"The file is larger than {MAX_FILE_BYTES:,} bytes.")
    try:
        return _parse(text, file)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise NotesUnreadable(file, line, f"{error.problem or 'The file is not valid YAML'}.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise NotesUnreadable(file, 1, "The file is not valid YAML.") from error


def _parse(text: str, file: str) -> YamlNode:
    _check_depth(text, file)
    loader = _LOADER(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return YamlNode(None, 1)
        _AliasExpansionCounter(file).count(root)
        return _TreeBuilder(loader).build(root)
    finally:
        loader.dispose()


def _check_depth(text: str, file: str) -> None:
    """Check the nesting depth on parser events: libyaml's composer overflows the stack on deep documents."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise NotesUnreadable(file, line, f"Nested deeper than {MAX_DEPTH} levels.")


class _AliasExpansionCounter:
    """Counts the values of a document with aliases expanded, without expanding them."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._counts: dict[int, int] = {}
        self._open: set[int] = set()

    def count(self, node: Node) -> int:
        if id(node) in self._open:
            raise NotesUnreadable(self._file, _line(node), "An alias refers to itself.")
        if id(node) not in self._counts:
            self._open.add(id(node))
            self._counts[id(node)] = 1 + sum(self.count(child) for child in _children(node))
            self._open.discard(id(node))
        if self._counts[id(node)] > MAX_VALUES:
            raise NotesUnreadable(
                self._file, _line(node), f"The aliases expand to over {MAX_VALUES:,} values."
            )
        return self._counts[id(node)]


class _TreeBuilder:
    """Converts the nodes of PyYAML to plain nodes."""

    def __init__(self, loader: yaml.SafeLoader | yaml.CSafeLoader) -> None:
        self._loader = loader

    def build(self, node: Node) -> YamlNode:
        match node:
            case MappingNode():
                return self._build_mapping(node)
            case SequenceNode():
                return YamlNode([self.build(part) for part in node.value], _line(node))
        value = self._loader.construct_object(node)
        plain = value if isinstance(value, str | int | float | bool | None) else str(value)
        return YamlNode(plain, _line(node))

    def _build_mapping(self, node: MappingNode) -> YamlNode:
        keys: set[str] = set()
        repeated = []
        for key, _ in node.value:
            if isinstance(key, ScalarNode) and key.tag != _MERGE:
                if key.value in keys:
                    repeated.append((key.value, _line(key)))
                keys.add(key.value)
        self._loader.flatten_mapping(node)
        pairs = {str(key.value): self.build(value) for key, value in node.value}
        return YamlNode(pairs, _line(node), tuple(repeated))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _children(node: Node) -> Iterator[Node]:
    match node:
        case MappingNode():
            for key, value in node.value:
                yield key
                yield value
        case SequenceNode():
            yield from node.value
