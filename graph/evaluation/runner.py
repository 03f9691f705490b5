"""Evaluation runner: ask every question of a dataset and compare the rows with those of its gold query."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.results.comparison import is_ordered, same_rows
from graph.evaluation.datasets import Dialogue, GoldQuestion, Hardness, hardness_of
from graph.evaluation.harness import EvaluationDatabase, Harness
from graph.evaluation.session import Reply
from store.errors import QueryFailed
from store.progress import Progress
from store.rows import Limits, as_json
from store.targets.sqlite.target import SqliteTarget, run_reference_query

PROGRESS_LABEL = "Asking"
CLARIFICATION_OUTCOME = "unclear"


@dataclass(frozen=True, slots=True)
class ScoredQuestion:
    """Question with its reply and score. If its gold query fails, no reply is correct.

    If the service asked for clarification, `guess` is the reply of the most likely interpretation; dialogues
    are not guessed, because a guess would change the context of the next turn.
    """

    gold: GoldQuestion
    database: str
    hardness: Hardness
    reply: Reply
    correct: bool
    gold_runs: bool
    guess: Reply | None = None
    guess_correct: bool = False

    @property
    def correct_or_guessed(self) -> bool:
        """Whether the answer, or else the guess, is correct."""
        return self.correct or self.guess_correct


ScoreListener = Callable[[ScoredQuestion], None]


def ignore_score(scored: ScoredQuestion) -> None:
    """Ignore intermediate scores."""


@dataclass(frozen=True)
class EvaluationRunner:
    """Runner of an evaluation, with `concurrency` dialogues per database at a time."""

    harness: Harness
    files: Mapping[str, Path]
    concurrency: int = 1

    async def measure(
        self, dialogues: Sequence[Dialogue], progress: Progress, on_scored: ScoreListener = ignore_score
    ) -> list[list[ScoredQuestion]]:
        """Ask all questions; return the scores of each dialogue, in the given order.

        `on_scored` is called for each question as soon as it is answered. Raises `TargetUnavailable`,
        `BadConnection`.
        """
        by_database: defaultdict[str, list[int]] = defaultdict(list)
        for position, dialogue in enumerate(dialogues):
            by_database[dialogue.database].append(position)
        total = sum(len(dialogue.turns) for dialogue in dialogues)
        count = _ProgressCounter(progress, on_scored, total)
        results: dict[int, list[ScoredQuestion]] = {}
        for name, positions in by_database.items():
            async with self.harness.open_database(name, SqliteTarget(self.files[name])) as database:
                await _warm_up(database, dialogues[positions[0]].turns[0])
                semaphore = asyncio.Semaphore(self.concurrency)
                async with asyncio.TaskGroup() as group:
                    tasks = {
                        position: group.create_task(
                            self._run_dialogue(database, dialogues[position], semaphore, count)
                        )
                        for position in positions
                    }
            results |= {position: task.result() for position, task in tasks.items()}
        return [results[position] for position in range(len(dialogues))]

    async def _run_dialogue(
        self,
        database: EvaluationDatabase,
        dialogue: Dialogue,
        semaphore: asyncio.Semaphore,
        count: "_ProgressCounter",
    ) -> list[ScoredQuestion]:
        scored_questions = []
        async with semaphore, database.session() as session:
            for gold in dialogue.turns:
                scored_question = await self._score(gold, dialogue.database, await session.ask(gold.question))
                if scored_question.reply.outcome == CLARIFICATION_OUTCOME and len(dialogue.turns) == 1:
                    scored_question = await self._guess(scored_question, database)
                scored_questions.append(scored_question)
                count.add(scored_question)
        return scored_questions

    async def _score(self, gold: GoldQuestion, database: str, reply: Reply) -> ScoredQuestion:
        gold_rows = await _gold_rows(self.files[database], gold.sql, self.harness.limits)
        right = (
            gold_rows is not None
            and reply.rows is not None
            and same_rows(reply.rows, gold_rows, ordered=is_ordered(gold.sql, "sqlite"))
        )
        return ScoredQuestion(
            gold, database, hardness_of(gold.sql, "sqlite"), reply, right, gold_runs=gold_rows is not None
        )

    async def _guess(self, unclear: ScoredQuestion, database: EvaluationDatabase) -> ScoredQuestion:
        async with database.guessing_session() as session:
            reply = await session.ask(unclear.gold.question)
        guess_score = await self._score(unclear.gold, unclear.database, reply)
        return replace(unclear, guess=reply, guess_correct=guess_score.correct)


@dataclass
class _ProgressCounter:
    """Progress reporter that counts answered questions."""

    progress: Progress
    on_scored: ScoreListener
    total: int
    done: int = 0

    def __post_init__(self) -> None:
        self.progress(PROGRESS_LABEL, 0, self.total)

    def add(self, scored: ScoredQuestion) -> None:
        self.done += 1
        self.on_scored(scored)
        self.progress(PROGRESS_LABEL, self.done, self.total)


async def _warm_up(database: EvaluationDatabase, gold: GoldQuestion) -> None:
    """Ask one question, so that caches are filled before times are measured."""
    async with database.session() as session:
        await session.ask(gold.question)


async def _gold_rows(path: Path, sql: str, limits: Limits) -> list[tuple[object, ...]] | None:
    """Run a gold query and return its rows as a client would see them; None if it fails."""
    try:
        rows = await run_reference_query(path, sql, limits)
    except QueryFailed:
        return None
    return [tuple(as_json(value) for value in row) for row in rows.values]
