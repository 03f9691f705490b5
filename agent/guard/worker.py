"""Entry point of the guard's worker processes: caches recent catalogs and judges queries."""

import pickle
from collections import OrderedDict
from dataclasses import dataclass

from agent.guard.row_security.enforce import CatalogView, judge_with_access, view_catalog
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.access.roles import Access
from store.catalog import Catalog

MAX_CATALOGS = 16
# Views are per catalog and access.
MAX_VIEWS = 64

_catalogs: OrderedDict[int, Catalog] = OrderedDict()
_views: OrderedDict[tuple[int, Access | None], CatalogView] = OrderedDict()


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """A query to judge; `catalog` is pickled, and sent only if the worker does not know its number."""

    sql: str
    catalog_number: int
    access: Access | None = None
    catalog: bytes | None = None


def work(request: JudgeRequest) -> Approved | Rejected | None:
    """Judge a query; None asks the caller to send the catalog along."""
    if request.catalog is not None:
        _catalogs[request.catalog_number] = pickle.loads(request.catalog)
        while len(_catalogs) > MAX_CATALOGS:
            _catalogs.popitem(last=False)
    catalog = _catalogs.get(request.catalog_number)
    if catalog is None:
        return None
    _catalogs.move_to_end(request.catalog_number)
    return judge_with_access(request.sql, _view(request, catalog))


def _view(request: JudgeRequest, catalog: Catalog) -> CatalogView:
    key = (request.catalog_number, request.access)
    view = _views.get(key)
    if view is None or view.catalog is not catalog:
        view = _views[key] = view_catalog(catalog, request.access)
        while len(_views) > MAX_VIEWS:
            _views.popitem(last=False)
    _views.move_to_end(key)
    return view
