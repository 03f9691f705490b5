"""Serve Querent inside a FastAPI application of your own: embed_in_fastapi.py [PORT].

Your routes stay yours; everything below `/ask` is Querent's: page, REST, server-sent events, WebSockets.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from graph.compose import open_service
from graph.settings import Settings
from transport.app import build_app
from transport.settings import ServerSettings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open Querent with the application and close it with it."""
    async with open_service(Settings()) as service:
        app.mount("/ask", build_app(service, ServerSettings()))
        yield


app = FastAPI(title="My product", lifespan=lifespan)


@app.get("/hello")
async def hello() -> dict[str, str]:
    """A route of the surrounding application."""
    return {"hello": "world"}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]) if len(sys.argv) > 1 else 8000)
