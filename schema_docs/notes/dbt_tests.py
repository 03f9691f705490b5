"""dbt's tests read as facts: what is always true of a column, if the tests pass."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schema_docs.notes.safe_yaml import Branch
from store.catalog import ForeignKey

# Our own: a guess that somebody refused.
NO_RELATIONSHIP = "no_relationship"

_REF = re.compile(r"(?:ref|source)\s*\((.*)\)")
_QUOTED = re.compile(r"""['"]([^'"]+)['"]""")


@dataclass(frozen=True, slots=True)
class Facts:
    """What tests state of a table's columns. `links` point at other tables, `filled` are never null.

    `refused` are links that somebody said there are none.
    """

    links: tuple[ForeignKey, ...] = ()
    unique: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    refused: tuple[ForeignKey, ...] = ()

    def joined(self, other: "Facts") -> "Facts":
        """Put what two columns state together; accepted values belong to one column and are left behind."""
        return Facts(
            self.links + other.links,
            self.unique + other.unique,
            self.filled + other.filled,
            refused=self.refused + other.refused,
        )


def read_facts(entry: Branch, column: str) -> Facts:
    """Read the tests of one column; kinds we do not know say nothing."""
    links: list[ForeignKey] = []
    refused: list[ForeignKey] = []
    names: set[str] = set()
    accepted: list[str] = []
    for name, given in _tests(entry):
        if given.at("where").text() or given.at("config").at("where").text():
            # True of some rows only.
            continue
        names.add(name)
        if name == "accepted_values":
            accepted += [str(value.value) for value in given.at("values").items()]
        elif name in ("relationships", NO_RELATIONSHIP) and given.at("field").text():
            kept = refused if name == NO_RELATIONSHIP else links
            kept.append(ForeignKey((column,), table_of(given.at("to").text()), (given.at("field").text(),)))
    return Facts(
        links=tuple(links),
        unique=(column,) if "unique" in names else (),
        filled=(column,) if "not_null" in names else (),
        accepted=tuple(accepted),
        refused=tuple(refused),
    )


def _tests(entry: Branch) -> Iterator[tuple[str, Branch]]:
    """Give each test's name and what it is given; dbt has spelt this in three ways over the years."""
    for kind in ("tests", "data_tests"):
        for test in entry.at(kind).items():
            if isinstance(test.value, str):
                yield test.value, Branch(None, test.line)
            elif isinstance(test.value, dict):
                for name, given in test.value.items():
                    yield name, given.at("arguments") if given.at("arguments").value else given


def table_of(reference: str) -> str:
    """Give the table that `ref('orders')` or `source('shop', 'orders')` speaks of."""
    match = _REF.search(reference)
    names = _QUOTED.findall(match[1]) if match else [reference]
    return str(names[-1]) if names else reference
