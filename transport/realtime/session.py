"""What one socket says and is shown: commands taken in turn, events by its subscriptions."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from store.runs.events import LoggedEvent
from transport.protocol.commands import (
    Command,
    Reconnect,
    RunCancel,
    Subscribe,
    Unreadable,
    Unsubscribe,
    read_command,
)
from transport.protocol.encoding import as_text, event_as_text, failure, success
from transport.protocol.errors import Fault, fault_of
from transport.realtime.commands import Visit, obey
from transport.realtime.send_queue import Frame, Outbox
from transport.realtime.subscriptions import Feed, subscription_named, subscription_of

NOT_TEXT = Fault("malformed", "A command must be a frame of text.")


class Line:
    """One socket's side of a conversation. What it says goes into `waiting`, from where a writer takes it.

    `settled` is the last event of what was over when the socket opened: who subscribes without `since` sees
    what came after it.
    """

    def __init__(self, visit: Visit, waiting: Outbox, group: asyncio.TaskGroup, settled: int) -> None:
        self._visit = visit
        self._waiting = waiting
        self._feed = Feed(visit, self._show, group)
        self._begin = settled
        self._is_new = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._feed.stop()

    async def take(self, frame: str | None) -> None:
        """Answer one frame, whatever is in it; None stands for a frame that is not text."""
        match frame if frame is None else read_command(frame):
            case None:
                await self._say(failure(None, NOT_TEXT))
            case Unreadable(id, fault):
                await self._say(failure(id, fault))
            case Command() as command:
                await self._obey(command)

    async def _obey(self, command: Command) -> None:
        try:
            await self._recognise(command)
            await self._answer(command)
        except Exception as error:  # noqa: BLE001 – the one boundary of a command
            await self._say(failure(command.id, fault_of(error)))

    async def _recognise(self, command: Command) -> None:
        """Clients number their commands from 1 on: who begins with another number had a socket before.

        The stock JavaScript client then counts on seeing again what it was looking at, and says no `since`.
        """
        if self._is_new and command.id > 1:
            visit = self._visit
            self._begin = min(self._begin, await visit.service.runner.before_last_run(visit.conversation))
        self._is_new = False

    async def _answer(self, command: Command) -> None:
        match command.params:
            case Subscribe() as asked:
                subscription = subscription_of(asked, self._begin)
                async with self._feed.paused():
                    self._feed.add([subscription])
                    await self._succeed(command, {"subscription_id": subscription.name})
            case Unsubscribe(subscription_id=name):
                async with self._feed.paused():
                    self._feed.drop(name)
                    await self._succeed(command, {})
            case Reconnect() as asked:
                await self._restore(command, asked)
            case _:
                await self._do(command)

    async def _do(self, command: Command) -> None:
        done = await obey(self._visit, command)
        if not isinstance(command.params, RunCancel):
            self._begin = done.applied_through
        await self._say(success(command.id, done.result, done.applied_through))

    async def _restore(self, command: Command, asked: Reconnect) -> None:
        since = self._begin if asked.last_event_id is None else int(asked.last_event_id)
        subscriptions = [subscription_named(name, since) for name in asked.subscriptions or ()]
        async with self._feed.paused():
            self._feed.add(subscriptions)
            missed = max(0, await self._last_seq() - since)
            await self._succeed(command, {"restored": bool(subscriptions), "missed_events": missed})

    async def _succeed(self, command: Command, result: dict[str, Any]) -> None:
        await self._say(success(command.id, result, await self._last_seq()))

    async def _last_seq(self) -> int:
        return await self._visit.service.runner.last_seq(self._visit.conversation)

    async def _show(self, event: LoggedEvent) -> None:
        await self._waiting.put(Frame(event_as_text(event), event.seq))

    async def _say(self, frame: Mapping[str, Any]) -> None:
        await self._waiting.put(Frame(as_text(frame)))
