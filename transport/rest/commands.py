"""Commands endpoint: the commands of the WebSocket protocol, one per HTTP request."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graph.compose import Service
from transport.protocol.commands import InvalidFrame, parse_command
from transport.protocol.encoding import error_reply, success_reply
from transport.protocol.errors import ApiError, api_error_for
from transport.realtime.commands import context_of, execute


class CommandsEndpoint:
    """Endpoint `POST /threads/{thread_id}/commands`.

    A well-formed command is answered with status 200 even if it is refused: stock clients read the reply only
    then. Errors of the request itself have their own HTTP status.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def post(self, request: Request) -> Response:
        """Execute one command."""
        context = context_of(request, self._service)
        command = parse_command(await request.body())
        if isinstance(command, InvalidFrame):
            return _refuse(command.id, command.error)
        try:
            executed = await execute(context, command)
        except Exception as error:  # noqa: BLE001 – exception boundary of a command
            return _refuse(command.id, api_error_for(error))
        return JSONResponse(success_reply(command.id, executed.result, executed.applied_through))


def _refuse(id: int | None, error: ApiError) -> Response:
    status = error.status if id is None or error.code == "no_such_conversation" else 200
    return JSONResponse(error_reply(id, error), status)
