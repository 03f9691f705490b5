"""Request context: the user, the conversation, and when the request arrived."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import HTTPConnection

from graph.compose import Service
from store.access.roles import Principal
from transport.auth.authentication import principal_of, user_of
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
