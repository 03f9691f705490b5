"""Policy file schema: pydantic models that reject every unknown key."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from store.access.roles import Approval, Mask, NameFilter, Role, RowRule, Unit

MAX_PATTERNS = 1_000
MAX_RULES = 1_000
MAX_WHERE = 4_000
# The role of users whose own role is not listed.
ANY_ROLE = "*"

_ROLE_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,63}|\*", re.ASCII)


def _to_list(value: Any) -> Any:
    """Accept a single name without the brackets of a list."""
    return [value] if isinstance(value, str) else value


def _to_filter(value: Any) -> Any:
    """Accept a bare list as the allowed names."""
    return {"allow": value} if isinstance(value, str | list) else value


def _to_mask(value: Any) -> Any:
    """Accept a bare word as the kind of mask; YAML reads the word null as None."""
    if value is None or isinstance(value, str):
        return {"kind": value or "null"}
    if isinstance(value, dict) and set(value) == {"bucket"}:
        return {"kind": "bucket", "width": value["bucket"]}
    return value


Pattern = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Patterns = Annotated[list[Pattern], BeforeValidator(_to_list), Field(max_length=MAX_PATTERNS)]
NonEmptyPatterns = Annotated[Patterns, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class PolicyModel(BaseModel):
    """Base model that forbids unknown keys: a typo must not open a table."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NameFilterEntry(PolicyModel):
    """Allowed names, minus hidden ones."""

    allow: Patterns = ["*"]
    hide: Patterns = []


class RowRuleEntry(PolicyModel):
    """A condition that visible rows must fulfil."""

    tables: NonEmptyPatterns
    where: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_WHERE)]


class MaskKindEntry(PolicyModel):
    """The kind of a mask, with the width of buckets."""

    kind: Literal["null", "hash", "last_four", "bucket"]
    width: Positive | Unit | None = None

    @model_validator(mode="after")
    def _check_width(self) -> "MaskKindEntry":
        if (self.kind == "bucket") is (self.width is None):
            raise ValueError("a bucket needs a width: {bucket: 10}, {bucket: month} or {bucket: year}")
        return self


class MaskEntry(PolicyModel):
    """Columns whose values are masked."""

    columns: NonEmptyPatterns
    mask: Annotated[MaskKindEntry, BeforeValidator(_to_mask)]


class RoleEntry(PolicyModel):
    """One role; `max_estimated_rows` and `max_estimated_cost` limit the engine's own estimate of a query."""

    tables: Annotated[NameFilterEntry, BeforeValidator(_to_filter)] = NameFilterEntry()
    columns: Annotated[NameFilterEntry, BeforeValidator(_to_filter)] = NameFilterEntry()
    rows: Annotated[list[RowRuleEntry], Field(max_length=MAX_RULES)] = []
    masks: Annotated[list[MaskEntry], Field(max_length=MAX_RULES)] = []
    values: Patterns = []
    max_rows: Annotated[int, Field(ge=1)] | None = None
    max_estimated_rows: Positive | None = None
    max_estimated_cost: Positive | None = None
    approve: Approval = "never"

    @model_validator(mode="after")
    def _check_approval(self) -> "RoleEntry":
        if self.approve == "above_estimate" and not (self.max_estimated_rows or self.max_estimated_cost):
            raise ValueError("approve: above_estimate needs max_estimated_rows or max_estimated_cost")
        return self

    def to_role(self) -> Role:
        """Convert to the value type that the guard enforces."""
        return Role(
            tables=NameFilter(tuple(self.tables.allow), tuple(self.tables.hide)),
            columns=NameFilter(tuple(self.columns.allow), tuple(self.columns.hide)),
            rows=tuple(RowRule(tuple(rule.tables), rule.where) for rule in self.rows),
            masks=tuple(
                Mask(tuple(entry.columns), entry.mask.kind, entry.mask.width) for entry in self.masks
            ),
            values=tuple(self.values),
            max_rows=self.max_rows,
            max_estimated_rows=self.max_estimated_rows,
            max_estimated_cost=self.max_estimated_cost,
            approve=self.approve,
        )


class PolicyFile(PolicyModel):
    """A whole policy file."""

    version: Literal[1] = 1
    roles: Annotated[dict[str, RoleEntry], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _check_role_names(self) -> "PolicyFile":
        if not all(_ROLE_NAME.fullmatch(name) for name in self.roles):
            raise ValueError(
                "a role name may only contain letters, digits and _ . @ -, or be * for all other roles"
            )
        return self
