"""Query results: presents the winning candidate's rows, and diagnoses an empty result once."""

from agent.analyst import Setback
from agent.charts.selection import choose_chart
from agent.results.empty_results import diagnose, is_empty_result, literals_in
from graph.events import Chart, Verdict
from graph.run_context import RunContext
from graph.state import State, Update
from graph.steps.candidates_vote import Agreement, CandidateResult
from graph.steps.presenters import draft_event, row_batches
from graph.steps.subquestions import with_empty_result


async def accept_result(
    result: CandidateResult, agreement: Agreement, analyst: str, state: State, run: RunContext
) -> Update:
    """Emit the rows and a chart; an empty result that another draft may improve becomes a setback instead."""
    candidate, rows = result.candidate, result.rows
    if candidate.draft != state["draft"]:
        run.sink(draft_event(candidate.draft, analyst, state["round"]))
        run.sink(Verdict(approved=True, sql=candidate.approved.display_sql))
    part = len(state["finished"]) + 1
    for batch in row_batches(rows, part):
        run.sink(batch)
    if setback := await _diagnose_once(result, state, run):
        return {
            "rows": rows,
            "verdict": None,
            "empty_result": with_empty_result(result, agreement, state),
            "setbacks": [*state["setbacks"], setback],
        }
    if chart := choose_chart(rows, state["intent"].question, candidate.draft.chart):
        run.sink(Chart(chart.kind, chart.spec, part))
    return {
        "draft": candidate.draft,
        "verdict": candidate.approved,
        "agreement": agreement,
        "rows": rows,
        "row_count": len(rows),
    }


async def _diagnose_once(result: CandidateResult, state: State, run: RunContext) -> Setback | None:
    """Check once per question whether the literals of a query without rows are stored in another spelling."""
    if state["empty_result"] is not None or not is_empty_result(result.rows):
        return None
    approved = result.candidate.approved
    matches = [
        (literal, (await run.database.retrieve(literal.text)).values) for literal in literals_in(approved)
    ]
    return diagnose(approved, matches, result.candidate.draft.sql)
