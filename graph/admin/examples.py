"""Examples held against the tables as they are, and proposed from answers that a person approved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from agent.analyst import Turn
from agent.guard.verdict import Rejected
from graph.ports import Judge
from store.catalog import Catalog
from store.examples import Example, Examples, NewExample
from store.runs.records import Run

# Longer ones are stories.
MOST_QUESTION = 1_000


@dataclass(frozen=True)
class Curator:
    """Looks after examples, with the judge that looks at every query."""

    examples: Examples
    judge: Judge

    async def faults(self, queries: Mapping[int, str], catalog: Catalog) -> dict[int, str]:
        """Say, by their numbers, which queries may not run on these tables, and why."""
        verdicts = {number: await self.judge(sql, catalog) for number, sql in queries.items()}
        return {
            number: verdict.reason for number, verdict in verdicts.items() if isinstance(verdict, Rejected)
        }

    async def review(
        self, waiting: Sequence[Example], connection_id: UUID, version: int, catalog: Catalog
    ) -> Sequence[str]:
        """Retire those examples that do not stand up to a new version of the map; give their questions."""
        broken = await self.faults({each.id: each.sql for each in waiting}, catalog)
        await self.examples.judged(connection_id, version, broken)
        return sorted(each.question for each in waiting if each.id in broken)


def proposal_of(run: Run, turn: Turn | None) -> NewExample | None:
    """Make an example of a turn whose query a person looked at and let run; None of any other."""
    response = run.input.get("response")
    if turn is None or not isinstance(response, dict) or run.input.get("by", "person") != "person":
        return None
    looked_at = response.get("decision") in ("approve", "edit")
    if not looked_at or turn.outcome != "answered" or not turn.sql or not turn.row_count or turn.parts:
        return None
    if len(turn.standalone) > MOST_QUESTION:
        return None
    return NewExample(turn.standalone, turn.sql, run.asker, "proposed", ("approved",))
