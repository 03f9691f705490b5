"""What a worker process does for the guard: it keeps the last catalogs, and judges."""

import pickle
from collections import OrderedDict
from dataclasses import dataclass

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.approved import Approved
from store.catalog import Catalog

MOST_CATALOGS = 16

_catalogs: OrderedDict[int, Catalog] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Case:
    """A query and the number of its catalog, which comes along (pickled) when the process may not have it."""

    sql: str
    number: int
    catalog: bytes | None = None


def work(case: Case) -> Approved | Rejected | None:
    """Judge, or answer None when the catalog is not known here."""
    if case.catalog is not None:
        _catalogs[case.number] = pickle.loads(case.catalog)
        while len(_catalogs) > MOST_CATALOGS:
            _catalogs.popitem(last=False)
    catalog = _catalogs.get(case.number)
    if catalog is None:
        return None
    _catalogs.move_to_end(case.number)
    return judge(case.sql, catalog)
