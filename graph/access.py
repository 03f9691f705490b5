"""Access resolution: from a principal to what they may access, by the policy in force."""

import logging
from collections.abc import Mapping
from typing import Any

from agent.errors import InvalidPolicy
from agent.guard.policy.loader import AccessPolicy, parse_policy
from store.access.policies import PolicyStore
from store.access.roles import NO_ACCESS, Access, Claim, Principal
from store.connections.snapshot import StoredPolicy
from store.request_cache import RequestCache

logger = logging.getLogger(__name__)

ROLE = "role"
DEFAULT_ROLE = "default"


class AccessResolver:
    """Resolves principals to accesses; `default` is the principal of requests without a user token."""

    def __init__(self, policies: PolicyStore, default: Principal) -> None:
        self._policies = policies
        self._default = default
        self._parsed: dict[str, tuple[StoredPolicy, AccessPolicy]] = {}

    async def resolve(
        self, database: str, principal: Principal | None, cache: RequestCache | None = None
    ) -> Access | None:
        """Return what a principal may access of a connection; None, that is everything, without a policy.

        A policy that cannot be read denies everything. Raises `StoreUnavailable`.
        """
        stored = await self._policies.find(database, cache)
        if stored is None:
            return None
        principal = principal or self._default
        try:
            policy = self._parse(database, stored)
        except InvalidPolicy:
            # It was valid when it was stored: an older version cannot read what a newer version has written.
            logger.exception("the policy of a connection cannot be read: access denied")
            return Access(NO_ACCESS)
        return policy.access(principal.role, principal.claims)

    def _parse(self, database: str, stored: StoredPolicy) -> AccessPolicy:
        parsed = self._parsed.get(database)
        if parsed is None or parsed[0] != stored:
            parsed = self._parsed[database] = (stored, parse_policy(stored.body, database, stored.salt))
        return parsed[1]


def parse_principal(claims: Mapping[str, Any]) -> Principal:
    """Parse JSON claims; `role` is the role. Values that are neither scalars nor lists are dropped."""
    parsed: dict[str, Claim] = {}
    for name, value in claims.items():
        if isinstance(value, str | int | float | bool):
            parsed[name] = value
        elif isinstance(value, list | tuple):
            parsed[name] = tuple(item for item in value if isinstance(item, str | int | float | bool))
    role = parsed.pop(ROLE, DEFAULT_ROLE)
    return Principal(role if isinstance(role, str) else DEFAULT_ROLE, parsed)


def serialize_principal(principal: Principal) -> dict[str, Any]:
    """Serialize a principal as JSON claims, the inverse of `parse_principal`."""
    claims = {
        name: list(value) if isinstance(value, tuple) else value for name, value in principal.claims.items()
    }
    return {**claims, ROLE: principal.role}
