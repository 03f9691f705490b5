"""Claims of the asker in a query: marked while it is judged, parameters when it runs.

A mark is a text literal that nobody can have written, for most of it is drawn anew for each query. So a query
with rules in it is judged like any other one, and no value of a claim passes through a parser or a printer.
"""

import re
import secrets
from dataclasses import dataclass

from sqlglot import exp

from agent.guard.verdict import Refused
from store.access.approved_query import Parameter
from store.access.roles import Access, Scalar
from store.catalog import Dialect

SALT = "salt"
# How the drivers want parameters written.
_STYLES: dict[Dialect, str] = {"postgres": "${}", "duckdb": "${}", "sqlite": "?", "mysql": "?"}


@dataclass(frozen=True, slots=True)
class Bound:
    """A query with placeholders, and what belongs in them, in order."""

    sql: str
    parameters: tuple[Parameter, ...]


class Marks:
    """Hands out marks for the claims and the salt of one access, and puts placeholders in their place."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._nonce = secrets.token_hex(16)
        self._marked: list[Parameter] = []

    def claim(self, name: str) -> list[exp.Expr]:
        """Mark a claim, or each item of one that is a list. Raises `Refused` when it is not known."""
        value = self._access.claim(name)
        if value is None:
            reason = f"Who asks must have the claim {name!r} to read from here."
            raise Refused("policy", "missing_claim", reason)
        items = value if isinstance(value, tuple) else (value,)
        return [self._mark(f"claim.{name}", item) for item in items]

    def salt(self) -> exp.Expr:
        """Mark the secret that goes into hashes."""
        return self._mark(SALT, self._access.salt)

    def bind(self, sql: str, dialect: Dialect) -> Bound:
        """Put placeholders in the place of marks. Raises `Refused` when a mark was changed on the way."""
        used: list[Parameter] = []

        def replace(found: re.Match[str]) -> str:
            used.append(self._marked[int(found[1])])
            return _STYLES[dialect].format(len(used))

        bound = re.sub(f"'{self._nonce}x([0-9]+)'", replace, sql)
        if self._nonce in bound:
            raise Refused("policy", "rule", "A rule uses a claim in a place where no value can be.")
        return Bound(bound, tuple(used))

    def _mark(self, name: str, value: Scalar) -> exp.Expr:
        self._marked.append(Parameter(name, value))
        return exp.Literal.string(f"{self._nonce}x{len(self._marked) - 1}")
