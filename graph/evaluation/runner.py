"""Puts every question of a set to the service and compares its rows with those of the known query."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from graph.evaluation.datasets import Conversation, Known
from graph.evaluation.hardness import Hardness, hardness_of
from graph.evaluation.harness import Bench, Database
from graph.evaluation.scoring import is_ordered, same_rows
from graph.evaluation.session import Reply
from store.errors import QueryFailed
from store.progress import Progress
from store.reference_queries import run_known_query
from store.rows import Limits, as_json
from store.targets.sqlite.target import SqliteTarget

ASKING = "Asking"
ASKED_BACK = "unclear"


@dataclass(frozen=True, slots=True)
class Scored:
    """One question with what came of it. Where its known query does not run, nothing can be right.

    Where the service asked back, `guess` is what its likeliest reading brings; in a dialogue nobody guesses,
    for that would change what the next turn leans on.
    """

    known: Known
    database: str
    hardness: Hardness
    reply: Reply
    right: bool
    known_runs: bool
    guess: Reply | None = None
    guess_right: bool = False

    @property
    def right_or_guessed(self) -> bool:
        """Whether the answer is right, or would have been."""
        return self.right or self.guess_right


Heard = Callable[[Scored], None]


def keep(scored: Scored) -> None:
    """Let nobody hear of it before the end."""


@dataclass(frozen=True)
class Measurement:
    """Questions to be put, `at_once` of the conversations about one database at a time."""

    bench: Bench
    files: Mapping[str, Path]
    at_once: int = 1

    async def measure(
        self, conversations: Sequence[Conversation], progress: Progress, heard: Heard = keep
    ) -> list[list[Scored]]:
        """Put all questions; give what came of each conversation, in the order given.

        `heard` is told of each as soon as it was answered. Raises `TargetUnavailable`, `BadConnection`.
        """
        by_database: defaultdict[str, list[int]] = defaultdict(list)
        for number, conversation in enumerate(conversations):
            by_database[conversation.database].append(number)
        total = sum(len(conversation.turns) for conversation in conversations)
        count = _Count(progress, heard, total)
        scored: dict[int, list[Scored]] = {}
        for name, numbers in by_database.items():
            async with self.bench.opened(name, SqliteTarget(self.files[name])) as database:
                await _warm(database, conversations[numbers[0]].turns[0])
                gate = asyncio.Semaphore(self.at_once)
                async with asyncio.TaskGroup() as group:
                    tasks = {
                        number: group.create_task(self._hold(database, conversations[number], gate, count))
                        for number in numbers
                    }
            scored |= {number: task.result() for number, task in tasks.items()}
        return [scored[number] for number in range(len(conversations))]

    async def _hold(
        self, database: Database, conversation: Conversation, gate: asyncio.Semaphore, count: "_Count"
    ) -> list[Scored]:
        scored = []
        async with gate, database.interview() as interview:
            for known in conversation.turns:
                one = await self._score(known, conversation.database, await interview.ask(known.question))
                if one.reply.outcome == ASKED_BACK and len(conversation.turns) == 1:
                    one = await self._guess(one, database)
                scored.append(one)
                count.one_more(one)
        return scored

    async def _score(self, known: Known, database: str, reply: Reply) -> Scored:
        gold = await _known_rows(self.files[database], known.sql, self.bench.limits)
        right = (
            gold is not None
            and reply.rows is not None
            and same_rows(reply.rows, gold, ordered=is_ordered(known.sql, "sqlite"))
        )
        return Scored(
            known, database, hardness_of(known.sql, "sqlite"), reply, right, known_runs=gold is not None
        )

    async def _guess(self, asked_back: Scored, database: Database) -> Scored:
        async with database.guess() as interview:
            reply = await interview.ask(asked_back.known.question)
        guessed = await self._score(asked_back.known, asked_back.database, reply)
        return replace(asked_back, guess=reply, guess_right=guessed.right)


@dataclass
class _Count:
    """Tells how many questions have been put."""

    progress: Progress
    heard: Heard
    total: int
    done: int = 0

    def __post_init__(self) -> None:
        self.progress(ASKING, 0, self.total)

    def one_more(self, scored: Scored) -> None:
        self.done += 1
        self.heard(scored)
        self.progress(ASKING, self.done, self.total)


async def _warm(database: Database, known: Known) -> None:
    """Let what is made once for a database be made before the clock counts."""
    async with database.interview() as interview:
        await interview.ask(known.question)


async def _known_rows(path: Path, sql: str, limits: Limits) -> list[tuple[object, ...]] | None:
    """The rows of a known query as a client would see them; None where it does not run."""
    try:
        rows = await run_known_query(path, sql, limits)
    except QueryFailed:
        return None
    return [tuple(as_json(value) for value in row) for row in rows.values]
