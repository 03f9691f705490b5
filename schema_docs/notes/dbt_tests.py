"""dbt tests read as constraints: what holds for a column if the tests pass."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schema_docs.notes.safe_yaml import YamlNode
from store.catalog import ForeignKey

# Not one of dbt's: an inferred foreign key that a reviewer rejected.
NO_RELATIONSHIP = "no_relationship"

_REF = re.compile(r"(?:ref|source)\s*\((.*)\)")
_QUOTED = re.compile(r"""['"]([^'"]+)['"]""")


@dataclass(frozen=True, slots=True)
class Constraints:
    """Constraints stated by tests. `foreign_keys` reference other tables, `not_null` columns are never null.

    `rejected_keys` are inferred foreign keys that a reviewer rejected.
    """

    foreign_keys: tuple[ForeignKey, ...] = ()
    unique: tuple[str, ...] = ()
    not_null: tuple[str, ...] = ()
    accepted_values: tuple[str, ...] = ()
    rejected_keys: tuple[ForeignKey, ...] = ()

    def merge(self, other: "Constraints") -> "Constraints":
        """Combine the constraints of two columns; accepted values belong to one column and are dropped."""
        return Constraints(
            self.foreign_keys + other.foreign_keys,
            self.unique + other.unique,
            self.not_null + other.not_null,
            rejected_keys=self.rejected_keys + other.rejected_keys,
        )


def read_constraints(entry: YamlNode, column: str) -> Constraints:
    """Read the tests of one column; unknown kinds of tests are ignored."""
    foreign_keys: list[ForeignKey] = []
    rejected_keys: list[ForeignKey] = []
    names: set[str] = set()
    accepted: list[str] = []
    for name, arguments in _iterate_tests(entry):
        if arguments.at("where").text() or arguments.at("config").at("where").text():
            # Holds for some rows only.
            continue
        names.add(name)
        if name == "accepted_values":
            accepted += [str(value.value) for value in arguments.at("values").items()]
        elif name in ("relationships", NO_RELATIONSHIP) and arguments.at("field").text():
            keys = rejected_keys if name == NO_RELATIONSHIP else foreign_keys
            keys.append(
                ForeignKey((column,), resolve_ref(arguments.at("to").text()), (arguments.at("field").text(),))
            )
    return Constraints(
        foreign_keys=tuple(foreign_keys),
        unique=(column,) if "unique" in names else (),
        not_null=(column,) if "not_null" in names else (),
        accepted_values=tuple(accepted),
        rejected_keys=tuple(rejected_keys),
    )


def _iterate_tests(entry: YamlNode) -> Iterator[tuple[str, YamlNode]]:
    """Yield each test's name and arguments; dbt has changed this syntax three times."""
    for kind in ("tests", "data_tests"):
        for test in entry.at(kind).items():
            if isinstance(test.value, str):
                yield test.value, YamlNode(None, test.line)
            elif isinstance(test.value, dict):
                for name, arguments in test.value.items():
                    yield name, arguments.at("arguments") if arguments.at("arguments").value else arguments


def resolve_ref(reference: str) -> str:
    """Return the table that `ref('orders')` or `source('shop', 'orders')` refers to."""
    match = _REF.search(reference)
    names = _QUOTED.findall(match[1]) if match else [reference]
    return str(names[-1]) if names else reference
