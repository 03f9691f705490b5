"""What a role may see of a connection, and who is asking in it: plain values, made from a policy file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Approval = Literal["never", "above_cost", "always"]
MaskKind = Literal["null", "hash", "last_four", "bucket"]
Unit = Literal["month", "year"]
Scalar = str | int | float | bool
Claim = Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Names by pattern: what is allowed, less what is hidden."""

    allow: tuple[str, ...] = ("*",)
    hide: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowRule:
    """Only rows for which `where` holds, a predicate in the target's dialect with claims as `:claim.name`."""

    tables: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Mask:
    """What is shown in place of a column's values. `width` is of a bucket: a number, or a unit of time."""

    columns: tuple[str, ...]
    kind: MaskKind
    width: float | Unit | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """What one role may see of one connection.

    `values` names columns whose stored values may be looked up although a row rule is about their table.
    `most_planned_rows` and `most_planned_cost` are held against what the engine's EXPLAIN expects.
    """

    tables: Choice = Choice()
    columns: Choice = Choice()
    rows: tuple[RowRule, ...] = ()
    masks: tuple[Mask, ...] = ()
    values: tuple[str, ...] = ()
    max_rows: int | None = None
    most_planned_rows: float | None = None
    most_planned_cost: float | None = None
    approve: Approval = "never"


# Who has a role that the policy does not know.
NOTHING = Role(tables=Choice(allow=()), columns=Choice(allow=()))


@dataclass(frozen=True, slots=True)
class Access:
    """A role, taken by somebody of whom `claims` are known. `identity` is a hash of the policy in force.

    Equal ones see the same. `salt` goes into hashes, so that they cannot be guessed by hashing.
    """

    role: Role
    claims: tuple[tuple[str, Claim], ...] = ()
    identity: str = ""
    salt: str = field(default="", repr=False)

    def claim(self, name: str) -> Claim | None:
        """What is claimed under this name, or None."""
        return dict(self.claims).get(name)


@dataclass(frozen=True, slots=True)
class Standing:
    """In which role somebody asks, and what else is known of them: plain, to be kept with their question."""

    role: str = "default"
    claims: Mapping[str, Claim] = field(default_factory=dict)
