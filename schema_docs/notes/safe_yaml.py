"""YAML read safely: plain values that know their line, with limits that a hostile file cannot get round."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from schema_docs.errors import NotesUnreadable

# Bytes of one file. The largest schema.yml we know of has a tenth of this.
MOST_BYTES = 5_000_000
# Values after every alias is written out. Ten aliases of ten aliases of … grow past it at once.
MOST_VALUES = 500_000
MOST_DEPTH = 60

# libyaml is ten times as fast; a build of PyYAML without it still works.
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_MERGE = "tag:yaml.org,2002:merge"

Value: TypeAlias = "str | int | float | bool | list[Branch] | dict[str, Branch] | None"


@dataclass(frozen=True, slots=True)
class Branch:
    """A value with the line it begins on, from 1. `repeated`: keys written again, with the line of that."""

    value: Value
    line: int
    repeated: tuple[tuple[str, int], ...] = ()

    def at(self, key: str) -> "Branch":
        """Give what is under a key; a branch holding None where there is nothing."""
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return found or Branch(None, self.line)

    def items(self) -> "Iterator[Branch]":
        """Walk through a list; anything else has no items."""
        return iter(self.value if isinstance(self.value, list) else [])

    def text(self) -> str:
        """Give a string, stripped; anything else is empty."""
        return self.value.strip() if isinstance(self.value, str) else ""


def read_tree(text: str, file: str) -> Branch:
    """Parse YAML; raises `NotesUnreadable` when it is too large or deep, malformed, or refers to itself."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise NotesUnreadable(file, 1, f"The file is larger than {MOST_BYTES:,} bytes.")
    try:
        return _read(text, file)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise NotesUnreadable(file, line, f"{error.problem or 'This is not YAML'}.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise NotesUnreadable(file, 1, "This is not YAML that can be read.") from error


def _read(text: str, file: str) -> Branch:
    _refuse_depth(text, file)
    loader = _LOADER(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return Branch(None, 1)
        _Weigher(file).weigh(root)
        return _Grower(loader).grow(root)
    finally:
        loader.dispose()


def _refuse_depth(text: str, file: str) -> None:
    """Look at the events first: libyaml's own composer overruns the stack of a very deep document."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise NotesUnreadable(file, line, f"Nested deeper than {MOST_DEPTH} levels.")


class _Weigher:
    """Counts how many values a tree has once its aliases are written out, without writing them out."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._known: dict[int, int] = {}
        self._open: set[int] = set()

    def weigh(self, node: Node) -> int:
        if id(node) in self._open:
            raise NotesUnreadable(self._file, _line(node), "An alias refers to itself.")
        if id(node) not in self._known:
            self._open.add(id(node))
            self._known[id(node)] = 1 + sum(self.weigh(part) for part in _parts(node))
            self._open.discard(id(node))
        if self._known[id(node)] > MOST_VALUES:
            raise NotesUnreadable(
                self._file, _line(node), f"The aliases stand for over {MOST_VALUES:,} values."
            )
        return self._known[id(node)]


class _Grower:
    """Turns YAML's nodes into branches."""

    def __init__(self, loader: yaml.SafeLoader | yaml.CSafeLoader) -> None:
        self._loader = loader

    def grow(self, node: Node) -> Branch:
        match node:
            case MappingNode():
                return self._grow_mapping(node)
            case SequenceNode():
                return Branch([self.grow(part) for part in node.value], _line(node))
        value = self._loader.construct_object(node)
        plain = value if isinstance(value, str | int | float | bool | None) else str(value)
        return Branch(plain, _line(node))

    def _grow_mapping(self, node: MappingNode) -> Branch:
        seen: set[str] = set()
        repeated = []
        for key, _ in node.value:
            if isinstance(key, ScalarNode) and key.tag != _MERGE:
                if key.value in seen:
                    repeated.append((key.value, _line(key)))
                seen.add(key.value)
        self._loader.flatten_mapping(node)
        pairs = {str(key.value): self.grow(value) for key, value in node.value}
        return Branch(pairs, _line(node), tuple(repeated))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _parts(node: Node) -> Iterator[Node]:
    match node:
        case MappingNode():
            for key, value in node.value:
                yield key
                yield value
        case SequenceNode():
            yield from node.value
