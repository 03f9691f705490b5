"""Command execution: start, cancel and answer the runs of a conversation."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from structlog.contextvars import bound_contextvars

from transport.protocol.commands import Command, InputRespond, RunCancel, RunStart
from transport.protocol.errors import RequestRefused
from transport.realtime.context import RequestContext


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
