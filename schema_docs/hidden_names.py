"""Names of what somebody may not see, found in what people wrote."""

import re
from collections.abc import Iterator

from schema_docs.schema_map import Term
from store.catalog import Catalog

_CODE = re.compile(r"`([^`]+)`")
_PATH = re.compile(r"\w+(?:\.\w+)*")


class HiddenNames:
    """The names of tables and columns that are in the whole catalog, and not in the part that is seen.

    A bare name that something seen has too is not hidden.
    """

    def __init__(self, whole: Catalog, seen: Catalog) -> None:
        shown = set(_names(seen))
        self._names = frozenset(name for name in _names(whole) if name not in shown)

    def are_in(self, prose: str) -> bool:
        """Say whether a text names one of them: in code marks, or spelt as no word of a language is.

        `Payments` may be what people do, `payment_kinds`, `payments.kind` and `PaymentKinds` are not.
        """
        if not self._names:
            return False
        return self.are_in_code(" ".join(_CODE.findall(prose))) or any(
            self._holds(path) for path in _PATH.findall(prose) if _is_spelt_as_code(path)
        )

    def are_in_code(self, code: str) -> bool:
        """Say whether SQL, or the like, names one of them."""
        return any(self._holds(path) for path in _PATH.findall(code))

    def are_in_term(self, term: Term) -> bool:
        """Say whether a term is called like one of them, or speaks of one."""
        called = (term.name, *term.synonyms)
        return (
            any("_".join(name.casefold().split()) in self._names for name in called)
            or any(map(self.are_in, (*called, term.meaning)))
            or self.are_in_code(term.sql)
        )

    def _holds(self, path: str) -> bool:
        steps = path.casefold().split(".")
        parts = (
            ".".join(steps[start:end])
            for start in range(len(steps))
            for end in range(start + 1, len(steps) + 1)
        )
        return any(part in self._names for part in parts)


def _names(catalog: Catalog) -> Iterator[str]:
    for table in catalog:
        for name in {table.full_name.casefold(), table.name.casefold()}:
            yield name
            for column in table.columns:
                yield f"{name}.{column.name.casefold()}"
        for column in table.columns:
            yield column.name.casefold()


def _is_spelt_as_code(path: str) -> bool:
    return "." in path or "_" in path or path[1:] != path[1:].lower() or any(map(str.isdigit, path))
