"""What a policy file may say. Strangers write it, so every word is looked at."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from store.access.roles import Approval, Choice, Mask, Role, RowRule, Unit

MOST_PATTERNS = 1_000
MOST_RULES = 1_000
MOST_WHERE = 4_000
# Who asks in a role that is not listed has this one, if there is one.
ANYBODY = "*"

_ROLE = re.compile(r"[A-Za-z0-9_.@-]{1,63}|\*", re.ASCII)


def _as_list(given: Any) -> Any:
    """One name may stand without the brackets of a list."""
    return [given] if isinstance(given, str) else given


def _as_choice(given: Any) -> Any:
    """A bare list allows."""
    return {"allow": given} if isinstance(given, str | list) else given


def _as_mask(given: Any) -> Any:
    """A bare word is a mask without more to say; YAML takes the word null for nothing."""
    if given is None or isinstance(given, str):
        return {"kind": given or "null"}
    if isinstance(given, dict) and set(given) == {"bucket"}:
        return {"kind": "bucket", "width": given["bucket"]}
    return given


Pattern = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Patterns = Annotated[list[Pattern], BeforeValidator(_as_list), Field(max_length=MOST_PATTERNS)]
Some = Annotated[Patterns, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Form(BaseModel):
    """Nothing is taken that is not named here: a slip of the pen must not open a table."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ChoiceForm(Form):
    """What is allowed, less what is hidden."""

    allow: Patterns = ["*"]
    hide: Patterns = []


class RowForm(Form):
    """A condition that rows must fulfil."""

    tables: Some
    where: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_WHERE)]


class MaskKindForm(Form):
    """How values are shown."""

    kind: Literal["null", "hash", "last_four", "bucket"]
    width: Positive | Unit | None = None

    @model_validator(mode="after")
    def _has_width(self) -> "MaskKindForm":
        if (self.kind == "bucket") is (self.width is None):
            raise ValueError("a bucket has a width: {bucket: 10}, {bucket: month} or {bucket: year}")
        return self


class MaskForm(Form):
    """Columns that are not shown as they are."""

    columns: Some
    mask: Annotated[MaskKindForm, BeforeValidator(_as_mask)]


class CostForm(Form):
    """What the engine's own plan may expect."""

    rows: Positive | None = None
    cost: Positive | None = None


class RoleForm(Form):
    """One role."""

    tables: Annotated[ChoiceForm, BeforeValidator(_as_choice)] = ChoiceForm()
    columns: Annotated[ChoiceForm, BeforeValidator(_as_choice)] = ChoiceForm()
    rows: Annotated[list[RowForm], Field(max_length=MOST_RULES)] = []
    masks: Annotated[list[MaskForm], Field(max_length=MOST_RULES)] = []
    values: Patterns = []
    max_rows: Annotated[int, Field(ge=1)] | None = None
    max_cost: CostForm = CostForm()
    approve: Approval = "never"

    @model_validator(mode="after")
    def _knows_the_cost(self) -> "RoleForm":
        if self.approve == "above_cost" and self.max_cost == CostForm():
            raise ValueError("approve: above_cost needs a max_cost")
        return self

    def as_role(self) -> Role:
        """The same as a plain value."""
        return Role(
            tables=Choice(tuple(self.tables.allow), tuple(self.tables.hide)),
            columns=Choice(tuple(self.columns.allow), tuple(self.columns.hide)),
            rows=tuple(RowRule(tuple(rule.tables), rule.where) for rule in self.rows),
            masks=tuple(Mask(tuple(each.columns), each.mask.kind, each.mask.width) for each in self.masks),
            values=tuple(self.values),
            max_rows=self.max_rows,
            most_planned_rows=self.max_cost.rows,
            most_planned_cost=self.max_cost.cost,
            approve=self.approve,
        )


class PolicyForm(Form):
    """A whole file."""

    version: Literal[1] = 1
    roles: Annotated[dict[str, RoleForm], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _names_roles(self) -> "PolicyForm":
        odd = [name for name in self.roles if not _ROLE.fullmatch(name)]
        if odd:
            raise ValueError("a role is called by letters, digits and _ . @ - only, or by * for anybody else")
        return self
