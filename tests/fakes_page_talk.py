"""A conversation of the page's little server: what will happen in it, and the numbered log of what did.

Where a script holds `WAIT`, nothing goes on until the test says so; where it holds `ASK`, nothing goes on
until the page has answered.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Scene:
    """One event to come: the wire's method and its data."""

    method: str
    data: dict[str, Any]


WAIT = Scene("wait", {})
ASK = Scene("ask", {})
Script = Sequence[Scene]


@dataclass
class Talk:
    """One conversation: its log, its viewers, and the run under way."""

    database: str
    title: str | None = None
    id: str = field(default_factory=lambda: str(uuid4()))
    log: list[dict[str, Any]] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    run: asyncio.Task[None] | None = None
    run_id: str = ""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    response: dict[str, Any] = field(default_factory=dict)
    updated: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    def as_thread(self) -> dict[str, Any]:
        metadata = {"title": self.title, "database": self.database}
        stamps = {"created_at": self.updated, "updated_at": self.updated}
        return {"thread_id": self.id, "metadata": metadata, **stamps}

    async def write(self, method: str, data: dict[str, Any]) -> None:
        seq = len(self.log) + 1
        params = {"namespace": [], "timestamp": 0, "data": data}
        event = {"type": "event", "seq": seq, "event_id": str(seq), "method": method, "params": params}
        async with self.news:
            self.log.append(event)
            self.news.notify_all()
