"""Bind parameters for claims: marker literals while a query is validated, placeholders when it runs.

A marker is a text literal with a random nonce, so that no query can contain one by itself. A query with row
rules is therefore validated like any other, and no value of a claim passes through the parser or the printer.
"""

import re
import secrets
from dataclasses import dataclass

from sqlglot import exp

from agent.guard.verdict import RuleViolation
from store.access.approved_query import Parameter
from store.access.roles import Access, Scalar
from store.catalog import Dialect

SALT = "salt"
# Placeholder syntax of the drivers.
_PLACEHOLDERS: dict[Dialect, str] = {"postgres": "${}", "duckdb": "${}", "sqlite": "?", "mysql": "?"}


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A query with placeholders, and their values in order."""

    sql: str
    parameters: tuple[Parameter, ...]


class ParameterBinder:
    """Creates markers for the claims and the salt of one access, and replaces them by placeholders."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._nonce = secrets.token_hex(16)
        self._parameters: list[Parameter] = []

    def claim(self, name: str) -> list[exp.Expr]:
        """Create the marker of a claim, or one per list element. Raises `RuleViolation` if it is missing."""
        value = self._access.claim(name)
        if value is None:
            reason = f"This table requires the claim {name!r}, which your token does not have."
            raise RuleViolation("policy", "missing_claim", reason)
        items = value if isinstance(value, tuple) else (value,)
        return [self._marker(f"claim.{name}", item) for item in items]

    def salt(self) -> exp.Expr:
        """Create a marker for the secret that salts hashes."""
        return self._marker(SALT, self._access.salt)

    def bind(self, sql: str, dialect: Dialect) -> BoundQuery:
        """Replace markers by placeholders. Raises `RuleViolation` if a marker was altered in printing."""
        parameters: list[Parameter] = []

        def replace(match: re.Match[str]) -> str:
            parameters.append(self._parameters[int(match[1])])
            return _PLACEHOLDERS[dialect].format(len(parameters))

        bound = re.sub(f"'{self._nonce}x([0-9]+)'", replace, sql)
        if self._nonce in bound:
            raise RuleViolation("policy", "rule", "A row rule uses a claim where no value is allowed.")
        return BoundQuery(bound, tuple(parameters))

    def _marker(self, name: str, value: Scalar) -> exp.Expr:
        self._parameters.append(Parameter(name, value))
        return exp.Literal.string(f"{self._nonce}x{len(self._parameters) - 1}")
