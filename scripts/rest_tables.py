"""Generated table of the HTTP and WebSocket routes."""

import inspect
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from fastapi import FastAPI
from starlette.routing import Route, Router, WebSocketRoute

from scripts.markdown import table
from transport.app import build_app
from transport.settings import ServerSettings

Row = tuple[str, str, str]

# Routes whose handler is a closure without a docstring.
DESCRIPTIONS = {
    "/": "Web UI.",
    "/openapi.json": "OpenAPI description of the REST endpoints.",
    "/protocol.json": "JSON Schema of every frame of the streaming protocol.",
    "/asyncapi.json": "AsyncAPI description of the streaming protocol.",
}


def routes() -> str:
    """Render every route with the first line of its handler's docstring."""
    # Building the application only stores the service.
    app = build_app(cast(Any, SimpleNamespace()), ServerSettings())
    rows = {row for router in _routers(app) for row in _rows(router)}
    return table(("Method", "Path", "Description"), sorted(rows, key=lambda row: (row[1], row[0])))


def _routers(app: Any) -> Iterator[FastAPI | Router]:
    """Find the routers behind the middleware of an ASGI application."""
    pending = [app]
    while pending:
        layer = pending.pop()
        if isinstance(layer, FastAPI | Router):
            yield layer
        else:
            pending += [value for value in vars(layer).values() if hasattr(value, "__dict__")]


def _rows(router: FastAPI | Router) -> Iterator[Row]:
    if isinstance(router, FastAPI):
        # FastAPI keeps the endpoints of included routers out of its list of routes.
        for path, operations in router.openapi()["paths"].items():
            for method, operation in operations.items():
                yield _row(method.upper(), path, operation["description"])
    for route in router.routes:
        match route:
            case WebSocketRoute(path=path, endpoint=endpoint):
                yield from _documented("WS", path, endpoint)
            case Route(path=path, endpoint=endpoint, methods=methods):
                for method in sorted((methods or set()) - {"HEAD"}):
                    yield from _documented(method, path, endpoint)


def _documented(method: str, path: str, endpoint: Any) -> Iterator[Row]:
    if description := DESCRIPTIONS.get(path) or inspect.getdoc(endpoint):
        yield _row(method, path, description)


def _row(method: str, path: str, description: str) -> Row:
    return f"`{method}`", f"`{path}`", description.split("\n", maxsplit=1)[0]
