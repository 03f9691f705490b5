"""A conversation with the whole journey, from the question to the evidence, as a person would have it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import uuid4

from langgraph.checkpoint.base import BaseCheckpointSaver

from agent.llm.budget import Price
from graph.build import Graph
from graph.evaluation.usage_meter import Meter, meter
from graph.events import Drafted, Evidence, Node, RowsArrived, Said, Step
from graph.runs.errors import fault_of
from graph.state import Question

Row = tuple[Any, ...]

THINKING: frozenset[Node] = frozenset({"analyze", "retrieve", "generate"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one question.

    `sql` is what ran, and `rows` what it gave, as a client sees them; None where nothing ran. `outcome` is
    what the journey ended with (asking back is `unclear`), or the code of the fault that ended it. `ms` is
    what it took to understand, look up and draft, `turn_ms` the whole turn; both are without the database.
    `money` is None where no model was called, or one whose price nobody named.
    """

    outcome: str
    words: str
    sql: str | None
    rows: tuple[Row, ...] | None
    confidence: float
    analyst: str
    rounds: int
    ms: float
    turn_ms: float
    input_tokens: int = 0
    output_tokens: int = 0
    money: float | None = None


class Interview:
    """One conversation about one database. Begin it with `interviewing`."""

    def __init__(self, talk: "Talk", thread: str) -> None:
        self._graph = talk.graph
        self._database = talk.database
        self._prices = talk.prices
        self._thread = thread

    async def ask(self, question: str) -> Reply:
        """Put a question and hear it to its end; a fault is an ending too."""
        heard, spent = _Heard(), Meter(self._prices)
        token, began = meter.set(spent), perf_counter()
        given: Question = {"question": question, "database": self._database}
        config: Any = {"configurable": {"thread_id": self._thread}}
        try:
            parts = self._graph.astream(
                given, config, stream_mode=["custom", "updates"], durability="exit", version="v2"
            )
            async for part in parts:
                heard.note(part["data"])
        except Exception as error:  # noqa: BLE001 – the one boundary of a question: the next is asked anyway
            heard.outcome = fault_of(error).code
        finally:
            meter.reset(token)
        return heard.reply((perf_counter() - began) * 1_000, spent)


@dataclass(frozen=True)
class Talk:
    """What conversations about one database need: the journey, where they are kept, what models cost."""

    graph: Graph
    saver: BaseCheckpointSaver[str]
    database: str
    prices: Mapping[str, Price]


@asynccontextmanager
async def interviewing(talk: Talk, thread: str | None = None) -> AsyncIterator[Interview]:
    """Begin a conversation, which the saver forgets at the end; one that has a `thread` already is kept."""
    if thread is not None:
        yield Interview(talk, thread)
        return
    new = str(uuid4())
    try:
        yield Interview(talk, new)
    finally:
        await talk.saver.adelete_thread(new)


@dataclass
class _Heard:
    """The events of one turn, as far as they are of interest here."""

    outcome: str = "internal"
    words: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    draft: Drafted | None = None
    evidence: Evidence | None = None
    ms: float = 0.0

    def note(self, event: Any) -> None:
        match event:
            case Step(node, "finished", ms) if node in THINKING:
                self.ms += ms or 0.0
            case Drafted():
                self.draft = event
            case RowsArrived():
                self.rows = [*(self.rows if event.offset else ()), *event.rows]
            case Said():
                self.words.append(event.text)
            case Evidence():
                self.evidence, self.outcome = event, event.outcome
            case {"__interrupt__": (asked, *_)}:
                self.outcome = "unclear"
                self.words.append(str(asked.value.get("question", "")))

    def reply(self, ms: float, spent: Meter) -> Reply:
        evidence = self.evidence
        ran = evidence is not None and evidence.row_count is not None
        return Reply(
            outcome=self.outcome,
            words="".join(self.words),
            sql=evidence.sql if evidence and ran else None,
            rows=tuple(self.rows) if ran else None,
            confidence=self._confidence() if ran else 0.0,
            analyst=evidence.analyst if evidence else "",
            rounds=evidence.rounds if evidence else 0,
            ms=self.ms,
            turn_ms=max(ms - spent.database_ms, 0.0),
            input_tokens=spent.input_tokens,
            output_tokens=spent.output_tokens,
            money=spent.money if spent.input_tokens and not spent.unpriced else None,
        )

    def _confidence(self) -> float:
        """What the evidence says, where several drafts voted; else the draft's own."""
        if self.evidence is not None and self.evidence.confidence is not None:
            return self.evidence.confidence
        return self.draft.confidence if self.draft else 0.0
