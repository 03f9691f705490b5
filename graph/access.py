"""From who asks to what they may see: the policy in force, looked up anew for each question."""

import logging
from collections.abc import Mapping
from typing import Any

from agent.errors import PolicyUnreadable
from agent.guard.policy.loader import Policy, read_policy
from store.access.policies import Policies
from store.access.roles import NOTHING, Access, Claim, Standing
from store.connections.snapshot import KeptPolicy
from store.request_cache import once

logger = logging.getLogger(__name__)

ROLE = "role"
DEFAULT_ROLE = "default"


class Accesses:
    """Works out accesses. `local` is how somebody stands whom no pass names."""

    def __init__(self, policies: Policies, local: Standing) -> None:
        self._policies = policies
        self._local = local
        self._read: dict[str, tuple[KeptPolicy, Policy]] = {}

    async def of(self, database: str, standing: Standing | None) -> Access | None:
        """Give what may be seen of a connection; None where there is no policy, so all of it.

        A policy changes what is seen from the next question on. Raises `StoreUnavailable`.
        """
        kept = await once(self._policies.of, database)
        if kept is None:
            return None
        who = standing or self._local
        try:
            policy = self._policy(database, kept)
        except PolicyUnreadable:
            # It was readable when it was kept: an older version cannot read what a newer one has written.
            logger.exception("the policy of a connection cannot be read: nobody sees anything of it")
            return Access(NOTHING)
        return policy.access(who.role, who.claims)

    def _policy(self, database: str, kept: KeptPolicy) -> Policy:
        known = self._read.get(database)
        if known is None or known[0] != kept:
            known = self._read[database] = (kept, read_policy(kept.body, database, kept.salt))
        return known[1]


def read_standing(told: Mapping[str, Any]) -> Standing:
    """Read claims as JSON has them; `role` is the role. What is neither plain nor a list is left out."""
    claims: dict[str, Claim] = {}
    for name, value in told.items():
        if isinstance(value, str | int | float | bool):
            claims[name] = value
        elif isinstance(value, list | tuple):
            claims[name] = tuple(item for item in value if isinstance(item, str | int | float | bool))
    role = claims.pop(ROLE, DEFAULT_ROLE)
    return Standing(role if isinstance(role, str) else DEFAULT_ROLE, claims)


def write_standing(standing: Standing) -> dict[str, Any]:
    """Write it as JSON, as `read_standing` reads it."""
    claims = {name: list(each) if isinstance(each, tuple) else each for name, each in standing.claims.items()}
    return {**claims, ROLE: standing.role}
