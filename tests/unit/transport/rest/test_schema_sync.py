import asyncio
from typing import Any, cast

import pytest
from starlette.requests import Request

from transport.auth.authentication import ASKER
from transport.auth.jwt import Pass
from transport.protocol.errors import Refused
from transport.rest.schema_sync import Syncing


def request_of(asker: str) -> Request:
    return Request({"type": "http", "method": "POST", "path": "/", "headers": [], "pass": Pass(asker)})


async def test_only_who_operates_the_service_may_sync() -> None:
    nothing = cast(Any, None)  # nobody gets as far as the service
    syncing = Syncing(nothing, asyncio.Event())
    for refused in (syncing.ask, syncing.latest, syncing.cancel):
        with pytest.raises(Refused, match="Only who operates"):
            await refused(request_of("pass:ada"), "pets")
    with pytest.raises(AttributeError):
        await syncing.latest(request_of(ASKER), "pets")
