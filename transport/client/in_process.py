"""The service asked from within its own process, with the same events as over the wire."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from uuid import UUID

from graph.compose import Service
from transport.auth.authentication import ASKER
from transport.client.client import OVER, Event, RefusedByService
from transport.protocol.commands import Command, InputRespond, RunStart
from transport.protocol.encoding import encode_event
from transport.protocol.errors import NO_CONVERSATION, fault_of
from transport.realtime.commands import Visit, obey
from transport.realtime.subscriptions import events_after


class Within:
    """Does what `transport.client.client.Client` does."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def begin(self, database: str | None = None) -> str:
        """Begin a conversation. Raises `RefusedByService`."""
        try:
            name = await self._service.parts.choose_database(database)
            return str((await self._service.conversations.create(ASKER, name)).id)
        except Exception as error:
            raise _refusal(error) from error

    def ask(self, thread: str, question: str) -> AsyncIterator[Event]:
        """Put a question and give its events, to the last. Raises `RefusedByService`."""
        return self._follow(thread, RunStart.model_validate({"input": question}))

    def respond(self, thread: str, interrupt: str, response: Any) -> AsyncIterator[Event]:
        """Answer what was asked back and give the events from there on. Raises `RefusedByService`."""
        return self._follow(thread, InputRespond(interrupt_id=interrupt, response=response))

    async def _follow(self, thread: str, params: RunStart | InputRespond) -> AsyncIterator[Event]:
        visit = self._visit(thread)
        try:
            done = await obey(visit, Command(1, params))
        except Exception as error:
            raise _refusal(error) from error
        async with aclosing(events_after(visit, done.applied_through)) as events:
            async for event in events:
                encoded = encode_event(event)
                yield encoded
                if event.channel == "lifecycle" and encoded["params"]["data"]["event"] in OVER:
                    return

    def _visit(self, thread: str) -> Visit:
        try:
            return Visit(self._service, ASKER, UUID(thread))
        except ValueError as error:
            raise RefusedByService(NO_CONVERSATION.code, NO_CONVERSATION.sentence) from error


def _refusal(error: Exception) -> RefusedByService:
    fault = fault_of(error)
    return RefusedByService(fault.code, fault.sentence)
