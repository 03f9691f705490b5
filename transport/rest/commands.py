"""The door for single commands: the same commands as on the socket, one in each request."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graph.compose import Service
from transport.auth.authentication import denial
from transport.protocol.commands import Unreadable, read_command
from transport.protocol.encoding import failure, success
from transport.protocol.errors import Fault, fault_of
from transport.realtime.commands import obey, visit_of


class CommandPost:
    """`POST /threads/{thread_id}/commands`.

    A command that was understood is answered with 200, also when it is refused: stock clients read the reply
    only then. What concerns the request itself has an HTTP status of its own.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def take(self, request: Request) -> Response:
        """Answer one command."""
        try:
            visit = visit_of(request, self._service)
            command = read_command(await request.body())
        except Exception as error:  # noqa: BLE001 – the one boundary of a request
            return denial(fault_of(error))
        if isinstance(command, Unreadable):
            return _refuse(command.id, command.fault)
        try:
            done = await obey(visit, command)
        except Exception as error:  # noqa: BLE001 – the one boundary of a command
            return _refuse(command.id, fault_of(error))
        return JSONResponse(success(command.id, done.result, done.applied_through))


def _refuse(id: int | None, fault: Fault) -> Response:
    status = fault.status if id is None or fault.code == "no_such_conversation" else 200
    return JSONResponse(failure(id, fault), status)
