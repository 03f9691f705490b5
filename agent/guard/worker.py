"""What a worker process does for the guard: it keeps the last catalogs, and judges."""

import pickle
from collections import OrderedDict
from dataclasses import dataclass

from agent.guard.row_security.enforce import View, judge_for, view_of
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.access.roles import Access
from store.catalog import Catalog

MOST_CATALOGS = 16
# Of each catalog, as those who ask may see it.
MOST_VIEWS = 64

_catalogs: OrderedDict[int, Catalog] = OrderedDict()
_views: OrderedDict[tuple[int, Access | None], View] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Case:
    """A query, who asks, and the number of its catalog, which comes along (pickled) where it is new."""

    sql: str
    number: int
    access: Access | None = None
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
    return judge_for(case.sql, _view(case, catalog))


def _view(case: Case, catalog: Catalog) -> View:
    key = (case.number, case.access)
    view = _views.get(key)
    if view is None or view.catalog is not catalog:
        view = _views[key] = view_of(catalog, case.access)
        while len(_views) > MOST_VIEWS:
            _views.popitem(last=False)
    _views.move_to_end(key)
    return view
