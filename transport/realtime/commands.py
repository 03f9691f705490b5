"""Command execution: start, cancel and answer the runs of a conversation."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import HTTPConnection
from structlog.contextvars import bound_contextvars

from graph.compose import Service
from store.access.roles import Principal
from transport.auth.authentication import principal_of, user_of
from transport.protocol.commands import Command, InputRespond, RunCancel, RunStart
from transport.protocol.errors import CONVERSATION_NOT_FOUND, RequestRefused


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Request context: the user, the conversation, and when the request arrived."""

    service: Service
    user: str
    conversation: UUID
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    principal: Principal | None = None

    async def settled_seq(self) -> int:
        """Return the last event of the runs that had ended when the request arrived. Raises `NotFound`.

        A client that asks right after connecting may be answered before this is read; for that client, the
        answer is new all the same.
        """
        return await self.service.runner.settled_seq(self.user, self.conversation, self.received_at)


def context_of(connection: HTTPConnection, service: Service) -> RequestContext:
    """Build the context of a request. Raises `RequestRefused` if the thread id is not a UUID."""
    try:
        conversation = UUID(connection.path_params["thread_id"])
    except ValueError as error:
        raise RequestRefused(CONVERSATION_NOT_FOUND.code, CONVERSATION_NOT_FOUND.message) from error
    return RequestContext(service, user_of(connection), conversation, principal=principal_of(connection))


@dataclass(frozen=True, slots=True)
class CommandResult:
    """Result of an executed command; `applied_through` is the last event before it took effect."""

    result: dict[str, Any]
    applied_through: int


async def execute(context: RequestContext, command: Command) -> CommandResult:
    """Execute a command. Raises exceptions that `transport.protocol.errors` can map.

    A client that continues after `applied_through` receives all events the command causes.
    """
    # Binds the question's id to all log records from here on, those of the run included.
    with bound_contextvars(conversation=str(context.conversation), question=uuid4().hex[:12]):
        return await _execute(context, command)


async def _execute(context: RequestContext, command: Command) -> CommandResult:
    runner = context.service.runner
    match command.params:
        case RunStart() as start:
            await _check_start(context, start)
            accepted = await runner.start(
                context.user, context.conversation, start.input.text, start.strategy, context.principal
            )
            return CommandResult({"run_id": str(accepted.run_id)}, accepted.since_seq)
        case InputRespond(single_response=answer):
            accepted = await runner.respond(
                context.user, context.conversation, answer.interrupt_id, answer.response
            )
            return CommandResult({"run_id": str(accepted.run_id)}, accepted.since_seq)
        case RunCancel(run_id=run_id):
            last_seq = await runner.last_seq(context.conversation)
            await runner.cancel(context.user, context.conversation, run_id)
            return CommandResult({}, last_seq)
    raise RequestRefused("not_supported", "Subscriptions need a WebSocket or an event stream.")


async def _check_start(context: RequestContext, start: RunStart) -> None:
    """Refuse options that would otherwise be ignored silently. Raises `RequestRefused`, `NotFound`."""
    match start.config:
        case {"configurable": {"checkpoint_id": str()}}:
            raise RequestRefused(
                "not_supported", "Starting a run from an earlier checkpoint is not supported."
            )
    if start.input.database is not None:
        conversation = await context.service.conversations.find(context.user, context.conversation)
        if conversation.database != start.input.database:
            raise RequestRefused(
                "invalid_argument",
                "This conversation is about another database. Start a new conversation for this one.",
            )
