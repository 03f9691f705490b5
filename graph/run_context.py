"""Context of one run: everything that belongs to the run rather than to the conversation's state.

LangGraph hands it to the nodes as `Runtime.context`. It is not persisted: a run that resumes an interrupted
one gets its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from agent.llm.budget import LlmBudget
from graph.events import RunEvent
from graph.ports import AccessPolicySource, AllowAll, Judge, RunConfig, SchemaSource, TargetProvider
from graph.steps.scoped_database import ScopedDatabase
from store.access.roles import Access, Principal
from store.request_cache import RequestCache

# Events go directly to the sink: LangGraph's stream writer wakes its loop once for each event, which takes a
# tenth of a question's CPU time.
EventSink = Callable[[RunEvent], None]


@dataclass(frozen=True, slots=True)
class RunContext:
    """The principal with their access to one database, the model budget, the event sink, the cache, the date.

    The access is resolved once: a policy that changes during a run applies from the next run on.
    """

    principal: Principal | None
    access: Access | None
    database: ScopedDatabase
    budget: LlmBudget
    sink: EventSink
    cache: RequestCache
    today: date


@dataclass(frozen=True, slots=True)
class RunContextFactory:
    """Creates run contexts from the components that all runs share."""

    retriever: SchemaSource
    targets: TargetProvider
    judge: Judge
    config: RunConfig
    today: Callable[[], date]
    access: AccessPolicySource = field(default_factory=AllowAll)

    async def create(self, database: str, principal: Principal | None, sink: EventSink) -> RunContext:
        """Create the context of a run; without a principal, the operator's default principal applies.

        Raises `StoreUnavailable`.
        """
        cache = RequestCache()
        access = await self.access.resolve(database, principal, cache)
        return RunContext(
            principal=principal,
            access=access,
            database=ScopedDatabase(
                database, access, self.retriever, self.targets, self.judge, self.config, cache
            ),
            budget=LlmBudget(self.config.budget),
            sink=sink,
            cache=cache,
            today=self.today(),
        )
