"""What belongs to one run is created with it."""

from datetime import date

from agent.llm.budget import BudgetLimits
from graph.ports import RunConfig
from graph.run_context import RunContextFactory
from store.access.roles import Access, Principal, Role
from store.request_cache import RequestCache
from store.rows import Limits
from tests.fixtures.scripted_analyst import ScriptedTarget, SingleMapRetriever, judge_in_process

CONFIG = RunConfig(Limits(rows=50), budget=BudgetLimits(max_tokens=10))


class OneRole:
    """Resolves every principal to a role with a row limit, and notes the principals."""

    def __init__(self) -> None:
        self.principals: list[Principal | None] = []

    async def resolve(
        self, database: str, principal: Principal | None, cache: RequestCache | None = None
    ) -> Access | None:
        self.principals.append(principal)
        return Access(Role(max_rows=7))


async def test_the_access_is_resolved_once_and_scopes_the_database() -> None:
    roles, vet = OneRole(), Principal("vet")
    contexts = RunContextFactory(
        SingleMapRetriever(), ScriptedTarget(), judge_in_process, CONFIG, lambda: date(2026, 11, 21), roles
    )
    run = await contexts.create("pets", vet, lambda event: None)
    await run.database.schema()
    assert roles.principals == [vet]
    assert (run.principal, run.access, run.today) == (vet, run.database.access, date(2026, 11, 21))
    assert run.database.limits.rows == 7


async def test_each_run_has_its_own_budget_and_cache() -> None:
    contexts = RunContextFactory(SingleMapRetriever(), ScriptedTarget(), judge_in_process, CONFIG, date.today)
    first = await contexts.create("pets", None, lambda event: None)
    second = await contexts.create("pets", None, lambda event: None)
    assert first.budget is not second.budget
    assert first.budget.limits == CONFIG.budget
    assert first.cache is first.database.cache is not second.cache
