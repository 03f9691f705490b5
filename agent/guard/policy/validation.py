"""A policy held against a catalog: what in it means nothing there, or cannot work."""

import re
from collections.abc import Iterable, Iterator

from agent.guard.policy.loader import Policy
from agent.guard.row_security.enforce import judge_for, view_of
from agent.guard.row_security.masks import fits
from agent.guard.row_security.parameters import Marks
from agent.guard.row_security.rules import name_of, read_rule
from agent.guard.verdict import Refused, Rejected
from store.access.catalog_filter import mask_of, means_column, means_table, rules_of
from store.access.roles import Access, Claim, Role
from store.catalog import Catalog, Table

_CLAIM = re.compile(r":claim\.([A-Za-z_][A-Za-z0-9_]*)")


def check_policy(policy: Policy, catalog: Catalog) -> tuple[str, ...]:
    """Give a sentence for each thing in the policy that does not work; none when all of it does."""
    return tuple(f"{name}: {fault}" for name, role in policy.roles.items() for fault in _check(role, catalog))


def claims_of(role: Role) -> tuple[str, ...]:
    """The claims that the row rules of a role are about."""
    return tuple(dict.fromkeys(name for rule in role.rows for name in _CLAIM.findall(rule.where)))


def _check(role: Role, catalog: Catalog) -> Iterator[str]:
    yield from _check_names(role, catalog)
    anything: dict[str, Claim] = {name: "1" for name in claims_of(role)}
    access = Access(role, tuple(sorted(anything.items())))
    broken = False
    for table in catalog:
        for fault in _check_rules(table, catalog, access):
            broken = True
            yield fault
        yield from _check_masks(table, catalog, access)
    if not broken:
        yield from _check_tables(catalog, access)


def _check_names(role: Role, catalog: Catalog) -> Iterator[str]:
    tables = [*role.tables.allow, *role.tables.hide, *(name for rule in role.rows for name in rule.tables)]
    for pattern in dict.fromkeys(tables):
        if not any(means_table(pattern, table, catalog) for table in catalog):
            yield f"{pattern!r} is none of the tables"
    masked = [name for mask in role.masks for name in mask.columns]
    for pattern in dict.fromkeys([*role.columns.allow, *role.columns.hide, *masked, *role.values]):
        if not any(
            means_column(pattern, table, each, catalog) for table in catalog for each in table.columns
        ):
            yield f"{pattern!r} is none of the columns"


def _check_rules(table: Table, catalog: Catalog, access: Access) -> Iterable[str]:
    for rule in rules_of(catalog, access, table):
        try:
            read_rule(rule.where, table, catalog, Marks(access), frozenset())
        except Refused as refused:
            told = refused.rejected
            yield f"the rule {rule.where!r} about {table.full_name}: {told.reason} {told.hint}".strip()


def _check_masks(table: Table, catalog: Catalog, access: Access) -> Iterable[str]:
    for column in table.columns:
        mask = mask_of(catalog, access, table, column)
        if mask is not None and not fits(mask, column):
            kind = f"{column.kind} column {table.full_name}.{column.name}"
            yield f"a bucket does not fit the {kind}: nothing of it is shown"


def _check_tables(catalog: Catalog, access: Access) -> Iterable[str]:
    """Judge a query of each table, rules and masks and all."""
    view = view_of(catalog, access)
    for table in view.shown:
        name = name_of(table, catalog.dialect).sql(dialect=catalog.dialect)
        verdict = judge_for(f"SELECT * FROM {name}", view)
        if isinstance(verdict, Rejected):
            yield f"{table.full_name} cannot be read: {verdict.reason}"
