"""Supervisor of the embedded PostgreSQL: restarts a server that has died, a limited number of times."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

POLL_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class RestartLimit:
    """Limit that tells a crash from a crash loop: at most `max_restarts` within `window_s` seconds."""

    max_restarts: int = 5
    window_s: float = 300.0
    clock: Callable[[], float] = monotonic


class ServerSupervisor:
    """Polls the process id of the server, and restarts the server when there is none.

    `restart` returns whether this process started the server; it raises `StoreUnavailable`. Restarts by other
    processes and failed ones count towards the limit.
    """

    def __init__(
        self,
        server_pid: Callable[[], int | None],
        restart: Callable[[], Awaitable[bool]],
        limit: RestartLimit,
        poll_interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        self._server_pid = server_pid
        self._restart = restart
        self._limit = limit
        self._poll_interval_s = poll_interval_s
        self._restarts: deque[float] = deque()
        self._delay_s = poll_interval_s

    async def run(self) -> None:
        """Supervise until cancelled; returns when the limit is reached."""
        pid = self._server_pid()
        while True:
            if (current := self._server_pid()) is None:
                if not self._may_restart():
                    logger.error(
                        "embedded PostgreSQL given up",
                        extra={"restarts": len(self._restarts)},
                    )
                    return
                await self._try_restart()
                current = self._server_pid()
            elif current != pid:
                self._restarts.append(self._limit.clock())
                self._log_restart(is_own=False)
            pid = current
            await asyncio.sleep(self._delay_s)

    async def _try_restart(self) -> None:
        self._restarts.append(self._limit.clock())
        try:
            is_own = await self._restart()
        except StoreUnavailable as error:
            extra = {"restarts": len(self._restarts), "reason": str(error)}
            logger.warning("embedded PostgreSQL not restarted", extra=extra)
            # The cause, such as a full disk, may take a while to pass.
            self._delay_s *= 2
            return
        self._delay_s = self._poll_interval_s
        self._log_restart(is_own)

    def _log_restart(self, is_own: bool) -> None:
        extra = {"restarts": len(self._restarts)}
        if is_own:
            logger.warning("embedded PostgreSQL died and was restarted", extra=extra)
        else:
            logger.info("embedded PostgreSQL restarted by another process", extra=extra)

    def _may_restart(self) -> bool:
        """Forget the restarts before the window, and compare the others with the limit."""
        start = self._limit.clock() - self._limit.window_s
        while self._restarts and self._restarts[0] <= start:
            self._restarts.popleft()
        return len(self._restarts) < self._limit.max_restarts
