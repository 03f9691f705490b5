"""A conversation as one asker may use it, and what can be done there by a command."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import HTTPConnection
from structlog.contextvars import bound_contextvars

from graph.compose import Service
from store.access.roles import Standing
from transport.auth.authentication import asker_of, standing_of
from transport.protocol.commands import Command, InputRespond, RunCancel, RunStart
from transport.protocol.errors import NO_CONVERSATION, Refused


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is there, and where, since when."""

    service: Service
    asker: str
    conversation: UUID
    came_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    standing: Standing | None = None

    async def settled_seq(self) -> int:
        """The last event of what was over when this one came. Raises `NotFound`.

        Who comes and asks at once may find the answer given before we get to look: that is not over for them.
        """
        return await self.service.runner.settled_seq(self.asker, self.conversation, self.came_at)


@dataclass(frozen=True, slots=True)
class Done:
    """A command was obeyed, when the log had come to `applied_through`."""

    result: dict[str, Any]
    applied_through: int


def visit_of(connection: HTTPConnection, service: Service) -> Visit:
    """Find out who asks about which conversation. Raises `Refused` when the id cannot be one of ours."""
    try:
        conversation = UUID(connection.path_params["thread_id"])
    except ValueError as error:
        raise Refused(NO_CONVERSATION.code, NO_CONVERSATION.sentence) from error
    return Visit(service, asker_of(connection), conversation, standing=standing_of(connection))


async def obey(visit: Visit, command: Command) -> Done:
    """Do what a command says. Raises what `transport.protocol.errors` can name.

    Whoever goes on from `applied_through` sees all that comes of it.
    """
    # What is logged from here on, in the run too, bears the name of this question.
    with bound_contextvars(conversation=str(visit.conversation), question=uuid4().hex[:12]):
        return await _done(visit, command)


async def _done(visit: Visit, command: Command) -> Done:
    runner = visit.service.runner
    match command.params:
        case RunStart() as start:
            await _check(visit, start)
            taken = await runner.start(
                visit.asker, visit.conversation, start.input.words, start.strategy, visit.standing
            )
            return Done({"run_id": str(taken.run_id)}, taken.before)
        case InputRespond(only=given):
            taken = await runner.respond(visit.asker, visit.conversation, given.interrupt_id, given.response)
            return Done({"run_id": str(taken.run_id)}, taken.before)
        case RunCancel(run_id=run_id):
            before = await runner.last_seq(visit.conversation)
            await runner.cancel(visit.asker, visit.conversation, run_id)
            return Done({}, before)
    raise Refused("not_supported", "Subscriptions need the WebSocket, or a stream of events.")


async def _check(visit: Visit, start: RunStart) -> None:
    """Refuse what would otherwise be passed over in silence."""
    match start.config:
        case {"configurable": {"checkpoint_id": str()}}:
            raise Refused("not_supported", "A run cannot start from an earlier checkpoint.")
    if start.input.database is not None:
        conversation = await visit.service.conversations.find(visit.asker, visit.conversation)
        if conversation.database != start.input.database:
            raise Refused(
                "invalid_argument",
                "This conversation is about another database; begin a new one for that.",
            )
