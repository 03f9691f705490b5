"""In-process client: runs questions on a service in the same process, with the events of the protocol."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from uuid import UUID

from graph.admin.schema_sync import choose_database
from graph.compose import Service
from transport.auth.authentication import LOCAL_USER
from transport.client.client import FINAL_EVENTS, Event, RefusedByService
from transport.protocol.commands import Command, InputRespond, RunStart
from transport.protocol.encoding import encode_event
from transport.protocol.errors import CONVERSATION_NOT_FOUND, api_error_for
from transport.realtime.commands import RequestContext, execute
from transport.realtime.subscriptions import follow_events


class InProcessClient:
    """Client with the interface of `transport.client.client.Client`."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def create_thread(self, database: str | None = None) -> str:
        """Create a conversation and return its thread id. Raises `RefusedByService`."""
        try:
            name = await choose_database(self._service.components.connections, database)
            return str((await self._service.conversations.create(LOCAL_USER, name)).id)
        except Exception as error:
            raise _refusal(error) from error

    def ask(self, thread: str, question: str) -> AsyncIterator[Event]:
        """Ask a question and yield the events of its run. Raises `RefusedByService`."""
        return self._follow(thread, RunStart.model_validate({"input": question}))

    def respond(self, thread: str, interrupt: str, response: Any) -> AsyncIterator[Event]:
        """Respond to an interrupt and yield the events from then on. Raises `RefusedByService`."""
        return self._follow(thread, InputRespond(interrupt_id=interrupt, response=response))

    async def _follow(self, thread: str, params: RunStart | InputRespond) -> AsyncIterator[Event]:
        context = self._context(thread)
        try:
            executed = await execute(context, Command(1, params))
        except Exception as error:
            raise _refusal(error) from error
        async with aclosing(follow_events(context, executed.applied_through)) as events:
            async for event in events:
                frame = encode_event(event)
                yield frame
                if event.channel == "lifecycle" and frame["params"]["data"]["event"] in FINAL_EVENTS:
                    return

    def _context(self, thread: str) -> RequestContext:
        try:
            return RequestContext(self._service, LOCAL_USER, UUID(thread))
        except ValueError as error:
            raise RefusedByService(CONVERSATION_NOT_FOUND.code, CONVERSATION_NOT_FOUND.message) from error


def _refusal(error: Exception) -> RefusedByService:
    api_error = api_error_for(error)
    return RefusedByService(api_error.code, api_error.message)
