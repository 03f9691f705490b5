"""WebSocket session: executes the client's commands in order and pushes the events it subscribed to."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from store.runs.events import LoggedEvent
from transport.protocol.commands import (
    Command,
    InvalidFrame,
    Reconnect,
    RunCancel,
    Subscribe,
    Unsubscribe,
    parse_command,
)
from transport.protocol.encoding import encode_event_text, encode_frame, error_reply, success_reply
from transport.protocol.errors import ApiError, api_error_for
from transport.realtime.commands import RequestContext, execute
from transport.realtime.send_queue import OutboundFrame, SendQueue
from transport.realtime.subscriptions import EventFeed, new_subscription, resume_subscription

NOT_A_TEXT_FRAME = ApiError("malformed", "A command must be sent as a text frame.")


class Session:
    """One WebSocket session of a conversation. It puts its frames into `queue`; a writer sends them.

    `settled_seq` is the last event of the runs that had ended when the socket opened: a subscription without
    `since` starts after it.
    """

    def __init__(
        self, context: RequestContext, queue: SendQueue, group: asyncio.TaskGroup, settled_seq: int
    ) -> None:
        self._context = context
        self._queue = queue
        self._feed = EventFeed(context, self._send_event, group)
        self._default_since = settled_seq
        self._is_new = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._feed.stop()

    async def handle(self, frame: str | None) -> None:
        """Handle one inbound frame; None stands for a frame that is not text. Always replies."""
        match frame if frame is None else parse_command(frame):
            case None:
                await self._send(error_reply(None, NOT_A_TEXT_FRAME))
            case InvalidFrame(id, error):
                await self._send(error_reply(id, error))
            case Command() as command:
                await self._handle_command(command)

    async def _handle_command(self, command: Command) -> None:
        try:
            await self._detect_reconnect(command)
            await self._dispatch(command)
        except Exception as error:  # noqa: BLE001 – exception boundary of a command
            await self._send(error_reply(command.id, api_error_for(error)))

    async def _detect_reconnect(self, command: Command) -> None:
        """Detect a reconnecting client: ids start at 1, so a higher first id continues an earlier socket.

        The stock JavaScript client then expects the events of the run it was following, and sends no `since`.
        """
        if self._is_new and command.id > 1:
            runner, conversation = self._context.service.runner, self._context.conversation
            self._default_since = min(self._default_since, await runner.seq_before_last_run(conversation))
        self._is_new = False

    async def _dispatch(self, command: Command) -> None:
        match command.params:
            case Subscribe() as params:
                subscription = new_subscription(params, self._default_since)
                async with self._feed.paused():
                    self._feed.add([subscription])
                    await self._succeed(command, {"subscription_id": subscription.name})
            case Unsubscribe(subscription_id=name):
                async with self._feed.paused():
                    self._feed.remove(name)
                    await self._succeed(command, {})
            case Reconnect() as params:
                await self._reconnect(command, params)
            case _:
                await self._execute(command)

    async def _execute(self, command: Command) -> None:
        executed = await execute(self._context, command)
        if not isinstance(command.params, RunCancel):
            self._default_since = executed.applied_through
        await self._send(success_reply(command.id, executed.result, executed.applied_through))

    async def _reconnect(self, command: Command, params: Reconnect) -> None:
        since = self._default_since if params.last_event_id is None else int(params.last_event_id)
        subscriptions = [resume_subscription(name, since) for name in params.subscriptions or ()]
        async with self._feed.paused():
            self._feed.add(subscriptions)
            missed = max(0, await self._last_seq() - since)
            await self._succeed(command, {"restored": bool(subscriptions), "missed_events": missed})

    async def _succeed(self, command: Command, result: dict[str, Any]) -> None:
        await self._send(success_reply(command.id, result, await self._last_seq()))

    async def _last_seq(self) -> int:
        return await self._context.service.runner.last_seq(self._context.conversation)

    async def _send_event(self, event: LoggedEvent) -> None:
        await self._queue.put(OutboundFrame(encode_event_text(event), event.seq))

    async def _send(self, frame: Mapping[str, Any]) -> None:
        await self._queue.put(OutboundFrame(encode_frame(frame)))
