"""The six nodes, the data flow of a turn: each reads the state, calls one skill, and returns an update."""

from dataclasses import dataclass, field

from langgraph.types import interrupt

from agent.analyst import Analyst, Intent
from agent.candidates import generate_candidates
from graph.ports import RunConfig
from graph.run_context import RunContext
from graph.state import State, Update
from graph.steps.analysis import analyze_question, analyze_response
from graph.steps.answers import answer_turn
from graph.steps.candidates_vote import run_candidates, select_by_majority
from graph.steps.clarification import ClarificationPolicy
from graph.steps.drafts import conclude_validation, draft_context, start_round
from graph.steps.interrupts import clarify_request
from graph.steps.presenters import context_event
from graph.steps.query_cache import QueryCache
from graph.steps.query_results import accept_result
from graph.steps.subquestions import next_subquestion


@dataclass(frozen=True)
class Nodes:
    """The six nodes, with the components that all runs share."""

    analyst: Analyst
    config: RunConfig
    query_cache: QueryCache = field(default_factory=QueryCache)

    async def analyze(self, state: State, run: RunContext) -> Update:
        """Question in, intent out; an unclear question comes back here to be clarified by the user."""
        unclear = state.get("unclear")
        if unclear is None:
            return await analyze_question(self.analyst, self._clarification, state, run)
        response = interrupt(clarify_request(unclear.reply or "", unclear.choices))
        return await analyze_response(self.analyst, self._clarification, response, state, run)

    async def retrieve(self, state: State, run: RunContext) -> Update:
        """Intent in, documents and values out; of several questions, the next is started here."""
        update = next_subquestion(state) if state["round"] else {}
        intent = update.get("intent", state["intent"])
        retrieval = None if update else state["retrieval"]
        if retrieval is None:
            retrieval = await run.database.retrieve(intent.question)
        run.sink(context_event(intent.question, retrieval))
        return {**update, "retrieval": retrieval}

    async def generate(self, state: State, run: RunContext) -> Update:
        """Documents and setbacks in, drafts out, or an intent that needs clarification."""
        context = await draft_context(state, run)
        drafts = self.query_cache.get(context, run.access) or await generate_candidates(
            self.analyst, context, self._max_drafts
        )
        if isinstance(drafts, Intent):
            return self._clarification.update_for(drafts, state)
        return start_round(drafts, self.analyst.name, state, run)

    async def validate(self, state: State, run: RunContext) -> Update:
        """Drafts in, a verdict or setbacks out."""
        checks = [await run.database.check(draft) for draft in state["drafts"]]
        return await conclude_validation(checks, state, run)

    async def execute(self, state: State, run: RunContext) -> Update:
        """Candidates in, rows or setbacks out; of several results, the one with the most votes."""
        database = run.database
        results = await run_candidates(state["candidates"], await database.target(), database.limits)
        if not results.successes:
            return {"setbacks": [*state["setbacks"], *results.setbacks], "verdict": None}
        result, agreement = select_by_majority(results.successes, len(state["drafts"]))
        update = await accept_result(result, agreement, self.analyst.name, state, run)
        if "row_count" in update:
            self.query_cache.put(await draft_context(state, run), run.access, result.candidate.draft)
        return update

    async def answer(self, state: State, run: RunContext) -> Update:
        """Everything in, reply out: the single exit, which also clears what belongs to this turn only."""
        return await answer_turn(self.analyst, state, run)

    @property
    def _clarification(self) -> ClarificationPolicy:
        return ClarificationPolicy(self.config.clarify)

    @property
    def _max_drafts(self) -> int:
        """One draft if a person approves each query; else as many as the operator allows."""
        return 1 if self.config.approve == "always" else self.config.drafts
