"""Data flow: each node takes from the state, calls one skill, and gives back what it learned."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from langgraph.types import interrupt

from agent.analyst import Analyst, Intent, Memory, Setback, Story, Task, Turn
from agent.candidates import write_drafts
from agent.charts.selection import choose_chart
from agent.llm.budget import current_purse
from agent.memory import remember
from agent.multi_question import narrate_all
from agent.results.empty_results import is_hollow, texts_wanted, why_hollow
from graph.emit import emit
from graph.events import Charted, Judged, Said, Suggestions
from graph.ports import Admits, Judge, Maps, Open, Policy, Reach
from graph.state import Part, State, Update
from graph.steps.candidates_vote import Ballot, Vote, elect, hold_poll, read_again
from graph.steps.clarification import Readings
from graph.steps.interrupts import Decision, clarify_request
from graph.steps.presenters import context_of, drafted, evidence_of, pages_of, spent_of, turn_of
from graph.steps.query_cache import Recall
from graph.steps.scoped_database import Allowance, request_of
from graph.steps.subquestions import begin, hollow_part, next_part, settle
from store.access.approved_query import Approved
from store.rows import Rows


@dataclass(frozen=True)
class Nodes:
    """The six nodes, given everything they need."""

    analyst: Analyst
    library: Maps
    targets: Reach
    judge: Judge
    policy: Policy
    today: Callable[[], date]
    accesses: Admits = field(default_factory=Open)
    recall: Recall = field(default_factory=Recall)

    async def analyze(self, state: State) -> Update:
        """Question in, intent out. An unclear one was sent back here: ask, then understand the answer."""
        allowed = await self._allowed(state)
        schema = await allowed.schema()
        memory = state.get("memory", Memory())
        waiting = state.get("unclear")
        if waiting is None:
            understood = self.analyst.understand(state["question"], memory, schema, self.today())
            update = await self._with_a_search(understood, state)
            return {**update, **self._readings.asked_back(update["intent"], clarified=False)}
        said = interrupt(clarify_request(waiting.reply or "", waiting.choices))
        asked = Turn(state["question"], waiting.question, waiting.reply or "", "unclear", plan=waiting.note)
        intent = await self.analyst.understand(said, remember(memory, asked), schema, self.today())
        intent = self._readings.decided(intent, clarified=True)
        return {**begin(intent), "clarified": True}

    async def retrieve(self, state: State) -> Update:
        """Intent in, pages and values out. Of several questions in one, the next is taken up here."""
        turned = next_part(state) if state["round"] else {}
        intent: Intent = turned.get("intent", state["intent"])
        found = None if turned else state["found"]
        if found is None:
            found = await (await self._allowed(state)).find(intent.question)
        emit(context_of(intent.question, found))
        return {**turned, "found": found}

    async def generate(self, state: State) -> Update:
        """Pages and setbacks in, one draft or several out – or what is unclear."""
        task, access = await self._task(state), (await self._allowed(state)).access
        drafts = self.recall.find(task, access) or await write_drafts(self.analyst, task, self._most_drafts)
        if isinstance(drafts, Intent):
            return self._readings.back_to_the_question(drafts, state)
        tried = {setback.sql for setback in state["setbacks"]}
        fresh = [draft for draft in drafts if draft.sql not in tried]
        draft = fresh[0] if fresh else drafts[0]
        emit(drafted(draft, self.analyst.name, state["round"] + 1))
        update = {"draft": draft, "drafts": fresh, "round": state["round"] + 1}
        return update if fresh else {**update, "outcome": "failed"}

    async def validate(self, state: State) -> Update:
        """Drafts in, a verdict or setbacks out."""
        allowed = await self._allowed(state)
        checks = [await allowed.check(draft) for draft in state["drafts"]]
        ballots = [checked for checked in checks if isinstance(checked, Ballot)]
        setbacks = [checked for checked in checks if isinstance(checked, Setback)]
        unasked = [ballot for ballot in ballots if ballot.ask is None]
        if ballots and not unasked:
            return await self._ask_approval(ballots[0], allowed, state)
        return _judged(unasked, setbacks, state)

    async def execute(self, state: State) -> Update:
        """Queries that may run in, rows or setbacks out; of several results the one with most votes."""
        target = await self.targets.of(state["database"])
        allowed = await self._allowed(state)
        poll = await hold_poll(state["ballots"], target, allowed.limits)
        if not poll.votes:
            return {"setbacks": [*state["setbacks"], *poll.setbacks], "verdict": None}
        vote, agreement = elect(poll.votes, len(state["drafts"]))
        ballot, rows = vote.ballot, vote.rows
        if ballot.draft != state["draft"]:
            emit(drafted(ballot.draft, self.analyst.name, state["round"]))
            emit(Judged(approved=True, sql=ballot.approved.shown_sql))
        for page in pages_of(rows, part=len(state["done"]) + 1):
            emit(page)
        update = {"draft": ballot.draft, "verdict": ballot.approved, "agreement": agreement, "rows": rows}
        if setback := await self._second_look(vote, state):
            hollow = hollow_part(vote, agreement, state)
            setbacks = [*state["setbacks"], setback]
            return {"rows": rows, "verdict": None, "hollow": hollow, "setbacks": setbacks}
        self.recall.keep(await self._task(state), allowed.access, ballot.draft)
        if chart := choose_chart(rows, state["intent"].question, ballot.draft.chart):
            emit(Charted(chart.kind, chart.spec, part=len(state["done"]) + 1))
        return {**update, "row_count": len(rows)}

    async def answer(self, state: State) -> Update:
        """Everything in, words out: the one exit. What belongs to this turn alone is let go."""
        parts = [*state["done"], settle(state)]
        memory = state.get("memory", Memory())
        stories = [
            await self._story(part, rows, state)
            for part, rows in zip(parts, await self._all_rows(parts, state), strict=True)
        ]
        pieces = []
        async for piece in narrate_all(self.analyst, stories):
            emit(Said(piece))
            pieces.append(piece)
        emit(evidence_of(parts, stories, state["found"], self.analyst.name))
        if spent := spent_of(current_purse()):
            emit(spent)
        emit(Suggestions(await self.analyst.suggest(stories[-1])))
        turn = turn_of(state["question"], stories, "".join(pieces))
        return {
            "reply": turn.reply,
            "outcome": turn.outcome,
            "memory": remember(memory, turn),
            "found": None,
            "drafts": [],
            "ballots": [],
            "done": [],
        }

    @property
    def _readings(self) -> Readings:
        return Readings(self.policy.clarify)

    @property
    def _most_drafts(self) -> int:
        """Where a person looks at each query, one is enough."""
        return 1 if self.policy.approve == "always" else self.policy.drafts

    async def _with_a_search(self, understanding: Coroutine[Any, Any, Intent], state: State) -> Update:
        """Look things up while the question is understood: most questions stand alone already."""
        allowed = await self._allowed(state)
        search = asyncio.create_task(allowed.find(state["question"]))
        try:
            intent = self._readings.decided(await understanding, clarified=False)
            alone = intent.kind == "data" and not intent.parts and intent.question == state["question"]
            return {**begin(intent), "found": await search if alone else None}
        finally:
            search.cancel()

    async def _task(self, state: State) -> Task:
        found = state["found"]
        assert found is not None
        return Task(
            intent=state["intent"],
            memory=state.get("memory", Memory()),
            schema=await (await self._allowed(state)).schema(),
            found=found,
            today=self.today(),
            setbacks=tuple(state["setbacks"]),
        )

    async def _allowed(self, state: State) -> Allowance:
        """The database as this asker may use it, from the beginning of a run to its end."""
        access = await self.accesses.of(state["database"], state.get("standing"))
        return Allowance(state["database"], access, self.library, self.targets, self.judge, self.policy)

    async def _ask_approval(self, ballot: Ballot, allowed: Allowance, state: State) -> Update:
        """Show the query to a person until it is run, refused, or replaced by one that may run."""
        reason = ballot.ask or ""
        while True:
            decision = Decision.model_validate(interrupt(request_of(ballot, reason)))
            if decision.decision == "approve":
                return _judged([ballot], [], state)
            if decision.decision == "refuse" or decision.sql is None:
                return {"outcome": "refused"}
            draft = replace(ballot.draft, sql=decision.sql, analyst="person", plan=None)
            edited = await allowed.check(draft)
            if isinstance(edited, Ballot):
                return _judged([edited], [], state)
            reason = f"The edited query may not run: {edited.reason}"

    async def _second_look(self, vote: Vote, state: State) -> Setback | None:
        """Look once into a result that holds nothing: are the values it looks for stored otherwise?"""
        if state["hollow"] is not None or not is_hollow(vote.rows):
            return None
        approved, allowed = vote.ballot.approved, await self._allowed(state)
        named = [(wanted, (await allowed.find(wanted.text)).values) for wanted in texts_wanted(approved)]
        return why_hollow(approved, named, vote.ballot.draft.sql)

    async def _all_rows(self, parts: Sequence[Part], state: State) -> list[Rows | None]:
        """The rows of each part; those that a wait for a person has lost are read again."""
        kept = [*state.get("done_rows", []), state.get("rows")]
        if len(kept) == len(parts):
            return [
                rows if part.row_count is not None else None for part, rows in zip(parts, kept, strict=True)
            ]
        target, limits = await self.targets.of(state["database"]), (await self._allowed(state)).limits
        return [
            await read_again(part.verdict, target, limits)
            if part.row_count is not None and isinstance(part.verdict, Approved)
            else None
            for part in parts
        ]

    async def _story(self, part: Part, rows: Rows | None, state: State) -> Story:
        return Story(
            question=state["question"],
            intent=part.intent,
            outcome=part.outcome,
            schema=await (await self._allowed(state)).schema(),
            memory=state.get("memory", Memory()),
            draft=part.draft,
            rows=rows,
            setbacks=tuple(part.setbacks),
        )


def _judged(ballots: list[Ballot], setbacks: list[Setback], state: State) -> Update:
    """Tell the verdict, and keep it."""
    kept = [*state["setbacks"], *setbacks]
    if ballots:
        leading = ballots[0]
        emit(Judged(approved=True, sql=leading.approved.shown_sql))
        return {"draft": leading.draft, "verdict": leading.approved, "ballots": ballots, "setbacks": kept}
    # The engine's own words stay inside: they can quote what the asker may not see.
    first = setbacks[0]
    reason = first.reason if first.kind == "rejected" else first.kind
    emit(Judged(approved=False, sql=first.sql, reason=reason))
    return {"verdict": None, "setbacks": kept}
