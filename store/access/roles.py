"""Roles, principals and accesses: what a user may see of a connection, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Approval = Literal["never", "above_estimate", "always"]
MaskKind = Literal["null", "hash", "last_four", "bucket"]
Unit = Literal["month", "year"]
Scalar = str | int | float | bool
Claim = Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class NameFilter:
    """Name patterns: names that match `allow`, except those that match `hide`."""

    allow: tuple[str, ...] = ("*",)
    hide: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowRule:
    """Row-level filter: a predicate in the dialect of the target, with claims as `:claim.name`."""

    tables: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Mask:
    """Column mask: what replaces the values. `width` is the bucket size, a number or a unit of time."""

    columns: tuple[str, ...]
    kind: MaskKind
    width: float | Unit | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """Permissions of one role on one connection.

    `values` names columns whose stored values may be looked up although a row rule applies to their table.
    `max_estimated_rows` and `max_estimated_cost` limit the estimates of the engine's EXPLAIN.
    """

    tables: NameFilter = NameFilter()
    columns: NameFilter = NameFilter()
    rows: tuple[RowRule, ...] = ()
    masks: tuple[Mask, ...] = ()
    values: tuple[str, ...] = ()
    max_rows: int | None = None
    max_estimated_rows: float | None = None
    max_estimated_cost: float | None = None
    approve: Approval = "never"


# For roles that the policy does not define.
NO_ACCESS = Role(tables=NameFilter(allow=()), columns=NameFilter(allow=()))


@dataclass(frozen=True, slots=True)
class Access:
    """Permissions of one principal: a role with the claims of the user. `identity` is a hash of the policy.

    Equal accesses see the same. `salt` goes into masked hashes, so that values cannot be guessed by hashing.
    """

    role: Role
    claims: tuple[tuple[str, Claim], ...] = ()
    identity: str = ""
    salt: str = field(default="", repr=False)

    def claim(self, name: str) -> Claim | None:
        """Return the claim with this name, or None."""
        return dict(self.claims).get(name)


@dataclass(frozen=True, slots=True)
class Principal:
    """Role and claims of the user who asks. Plain values, stored with the question."""

    role: str = "default"
    claims: Mapping[str, Claim] = field(default_factory=dict)
