"""Which names of functions a target's queries may call."""

from functools import lru_cache

from agent.guard.lists import read_list
from store.catalog import Catalog, Dialect, Functions

# Volatile, and yet only a number: see the list.
_ALLOWED_ALTHOUGH_VOLATILE = frozenset({"random"})


def allowed_functions(catalog: Catalog) -> frozenset[str]:
    """The reviewed list; where the target told of its own functions, what they say is heard as well."""
    return _allowed(catalog.dialect, catalog.functions)


@lru_cache(maxsize=32)
def _allowed(dialect: Dialect, told: Functions | None) -> frozenset[str]:
    reviewed = read_list(f"functions_{dialect}")
    if told is None:
        return reviewed
    immutable = told.immutable - read_list(f"left_out_{dialect}")
    return (reviewed | immutable) - (told.volatile - _ALLOWED_ALTHOUGH_VOLATILE)
