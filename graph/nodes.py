"""Data flow: each node takes from the state, calls one skill, and gives back what it learned."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from langgraph.types import interrupt

from agent.analyst import Analyst, Draft, Intent, Memory, Setback, Story, Task, Turn
from agent.guard.verdict import Rejected
from agent.memory import remember
from graph.approval import Decision, approve_request, clarify_request
from graph.emit import emit
from graph.events import Context, Drafted, Judged, Said, Suggestions
from graph.needs import Judge, Maps, Policy, Reach
from graph.pages import evidence_of, pages_of
from graph.routes import outcome_of
from graph.state import State, Update, Verdict
from store.approved import Approved
from store.errors import QueryFailed

FRESH: Update = {
    "clarified": False,
    "found": None,
    "draft": None,
    "verdict": None,
    "setbacks": [],
    "outcome": None,
    "reply": "",
    "row_count": None,
}


@dataclass(frozen=True)
class Nodes:
    """The six nodes, given everything they need."""

    analyst: Analyst
    library: Maps
    targets: Reach
    judge: Judge
    policy: Policy
    today: Callable[[], date]

    async def analyze(self, state: State) -> Update:
        """Question in, intent out. An unclear one was sent back here: ask, then understand the answer."""
        schema = await self.library.schema(state["database"])
        memory = state.get("memory", Memory())
        waiting = state.get("unclear")
        if waiting is None:
            intent = await self.analyst.understand(state["question"], memory, schema, self.today())
            return {**FRESH, "intent": intent, **self._asked_back(intent, clarified=False)}
        said = interrupt(clarify_request(waiting.reply or "", waiting.choices))
        asked = Turn(state["question"], waiting.question, waiting.reply or "", "unclear")
        intent = await self.analyst.understand(said, remember(memory, asked), schema, self.today())
        return {**FRESH, "intent": intent, "clarified": True}

    async def retrieve(self, state: State) -> Update:
        """Intent in, pages and values out."""
        found = await self.library.find(state["intent"].question, state["database"])
        emit(
            Context(
                question=state["intent"].question,
                tables=tuple(page.table for page in found.pages),
                values=tuple(
                    {"column": f"{hit.table}.{hit.column}", "value": hit.value} for hit in found.values
                ),
                map_version=found.version,
            )
        )
        return {"found": found}

    async def generate(self, state: State) -> Update:
        """Pages and setbacks in, a draft out – or what is unclear."""
        draft = await self.analyst.draft(await self._task(state))
        if isinstance(draft, Intent):
            return {"intent": draft, "draft": None, **self._asked_back(draft, state["clarified"])}
        writer = draft.analyst or self.analyst.name
        emit(
            Drafted(
                draft.sql,
                draft.reading,
                draft.assumptions,
                draft.confidence,
                writer,
                len(state["setbacks"]) + 1,
            )
        )
        if any(setback.sql == draft.sql for setback in state["setbacks"]):
            return {"draft": draft, "outcome": "failed"}
        return {"draft": draft}

    async def validate(self, state: State) -> Update:
        """A draft in, a verdict or a setback out."""
        checked = await self._check(_draft(state).sql, state["database"])
        if isinstance(checked, Approved) and self.policy.approve == "always":
            return await self._ask_approval(checked, state)
        return _judged(checked, state)

    async def execute(self, state: State) -> Update:
        """An approved query in, rows or a setback out."""
        verdict = state["verdict"]
        assert isinstance(verdict, Approved)
        target = await self.targets.of(state["database"])
        try:
            rows = await target.run(verdict, self.policy.limits)
        except QueryFailed as failure:
            setback = Setback(failure.kind, failure.sql, failure.reason)
            return {"setbacks": [*state["setbacks"], setback], "verdict": None}
        for page in pages_of(rows):
            emit(page)
        return {"rows": rows, "row_count": len(rows)}

    async def answer(self, state: State) -> Update:
        """Everything in, words out: the one exit. What belongs to this turn alone is let go."""
        story = await self._story(state)
        pieces = []
        async for piece in self.analyst.narrate(story):
            emit(Said(piece))
            pieces.append(piece)
        reply = "".join(pieces)
        emit(evidence_of(story, state, self.analyst.name))
        emit(Suggestions(await self.analyst.suggest(story)))
        turn = _turn(story, reply)
        return {
            "reply": reply,
            "outcome": story.outcome,
            "memory": remember(story.memory, turn),
            "found": None,
        }

    def _asked_back(self, intent: Intent, clarified: bool) -> Update:
        """Send an unclear question back to the person, once a turn, where there is something to choose."""
        wanted = intent.kind == "unclear" and len(intent.choices) > 1
        return {"unclear": intent} if wanted and not clarified and self.policy.clarify == "ask" else {}

    async def _task(self, state: State) -> Task:
        found = state["found"]
        assert found is not None
        return Task(
            intent=state["intent"],
            memory=state.get("memory", Memory()),
            schema=await self.library.schema(state["database"]),
            found=found,
            today=self.today(),
            setbacks=tuple(state["setbacks"]),
        )

    async def _check(self, sql: str, database: str) -> Approved | Setback:
        """The guard first; then the target's own planner, which runs nothing."""
        schema = await self.library.schema(database)
        verdict: Verdict = await self.judge(sql, schema.catalog)
        if isinstance(verdict, Rejected):
            return Setback("rejected", sql, verdict.reason, verdict.hint)
        target = await self.targets.of(database)
        try:
            await target.explain(verdict)
        except QueryFailed as failure:
            return Setback(failure.kind, sql, failure.reason)
        return verdict

    async def _ask_approval(self, checked: Approved, state: State) -> Update:
        """Show the query to a person until it is run, refused, or replaced by one that may run."""
        reason = "Every query is shown to a person before it runs."
        while True:
            decision = Decision.model_validate(interrupt(approve_request(checked.sql, reason)))
            if decision.decision == "approve":
                return _judged(checked, state)
            if decision.decision == "refuse" or decision.sql is None:
                return {"outcome": "refused"}
            edited = await self._check(decision.sql, state["database"])
            if isinstance(edited, Approved):
                draft = replace(_draft(state), sql=decision.sql, analyst="person", plan=None)
                return {"draft": draft, **_judged(edited, state)}
            reason = f"The edited query may not run: {edited.reason}"

    async def _story(self, state: State) -> Story:
        return Story(
            question=state["question"],
            intent=state["intent"],
            outcome=outcome_of(state),
            schema=await self.library.schema(state["database"]),
            memory=state.get("memory", Memory()),
            draft=state["draft"],
            rows=state.get("rows"),
            setbacks=tuple(state["setbacks"]),
        )


def _draft(state: State) -> Draft:
    draft = state["draft"]
    assert draft is not None
    return draft


def _judged(checked: Approved | Setback, state: State) -> Update:
    """Tell the verdict, and keep it."""
    if isinstance(checked, Approved):
        emit(Judged(approved=True, sql=checked.sql))
        return {"verdict": checked}
    # The engine's own words stay inside: they can quote what the asker may not see.
    emit(
        Judged(
            approved=False,
            sql=checked.sql,
            reason=checked.reason if checked.kind == "rejected" else checked.kind,
        )
    )
    return {"setbacks": [*state["setbacks"], checked], "verdict": None}


def _turn(story: Story, reply: str) -> Turn:
    draft, rows = story.draft, story.rows
    return Turn(
        question=story.question,
        standalone=story.intent.question,
        reply=reply,
        outcome=story.outcome,
        sql=draft.sql if draft else None,
        plan=draft.plan if draft else None,
        shape=tuple(column.name for column in rows.columns) if rows is not None else (),
        row_count=len(rows) if rows is not None else None,
    )
