import asyncio
from typing import Any, cast

import pytest
from starlette.requests import Request

from transport.auth.authentication import LOCAL_USER
from transport.auth.jwt import AccessToken
from transport.protocol.errors import RequestRefused
from transport.rest.schema_sync import SchemaSyncEndpoints


def request_of(user: str) -> Request:
    return Request(
        {"type": "http", "method": "POST", "path": "/", "headers": [], "access_token": AccessToken(user)}
    )


async def test_only_who_operates_the_service_may_sync() -> None:
    nothing = cast(Any, None)  # nobody gets as far as the service
    syncing = SchemaSyncEndpoints(nothing, asyncio.Event())
    for refused in (syncing.start, syncing.latest, syncing.cancel):
        with pytest.raises(RequestRefused, match="Only the operator"):
            await refused(request_of("user:ada"), "pets")
    with pytest.raises(AttributeError):
        await syncing.latest(request_of(LOCAL_USER), "pets")
