"""Policy use cases: check, set, show and remove the access policy of a connection."""

from dataclasses import dataclass

from agent.guard.policy.loader import parse_policy
from agent.guard.policy.validation import check_policy
from graph.errors import InvalidAdminRequest
from schema_docs.retriever import SchemaRetriever
from store.access.policies import PolicyStore
from store.connections.connections import ConnectionStore


@dataclass(frozen=True)
class PolicyAdmin:
    """Policy use cases. All methods raise `StoreUnavailable`, and `NotFound` for an unknown connection."""

    connections: ConnectionStore
    retriever: SchemaRetriever
    policies: PolicyStore

    async def check(self, name: str, text: str, file: str) -> tuple[str, ...]:
        """Return the problems of a policy with a connection's schema. Raises `InvalidPolicy`, `NotMapped`."""
        await self.connections.find(name)
        policy = parse_policy(text, file)
        return check_policy(policy, (await self.retriever.schema(name)).catalog)

    async def set(self, name: str, text: str, file: str, *, force: bool = False) -> tuple[str, ...]:
        """Put a policy in force unless it has problems, or despite them; return them. Raises as `check`."""
        problems = await self.check(name, text, file)
        if force or not problems:
            await self.policies.save(name, text)
        return problems

    async def show(self, name: str) -> str:
        """Return the policy in force, as written. Raises `InvalidAdminRequest` if there is none."""
        await self.connections.find(name)
        policy = await self.policies.find(name)
        if policy is None:
            raise InvalidAdminRequest(f"{name} has no policy: all users see everything.")
        return policy.body if policy.body.endswith("\n") else f"{policy.body}\n"

    async def remove(self, name: str) -> bool:
        """Remove the policy, which lifts all restrictions; return whether there was one."""
        await self.connections.find(name)
        return await self.policies.remove(name)
