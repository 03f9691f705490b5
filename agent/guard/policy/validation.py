"""Policy validation against a catalog: finds patterns that match nothing, broken row rules, unfit masks."""

import re
from collections.abc import Iterable, Iterator

from agent.guard.policy.loader import AccessPolicy
from agent.guard.row_security.enforce import judge_with_access, view_catalog
from agent.guard.row_security.masks import mask_fits
from agent.guard.row_security.parameters import ParameterBinder
from agent.guard.row_security.rules import compile_row_rule, qualified_name
from agent.guard.verdict import Rejected, RuleViolation
from store.access.catalog_filter import mask_for, matches_column, matches_table, row_rules_for
from store.access.roles import Access, Claim, Role
from store.catalog import Catalog, Table

_CLAIM = re.compile(r":claim\.([A-Za-z_][A-Za-z0-9_]*)")


def check_policy(policy: AccessPolicy, catalog: Catalog) -> tuple[str, ...]:
    """Return one sentence per problem of a policy with this catalog; empty if there are none."""
    return tuple(
        f"{name}: {problem}" for name, role in policy.roles.items() for problem in _check_role(role, catalog)
    )


def required_claims(role: Role) -> tuple[str, ...]:
    """Return the claims that the row rules of a role use."""
    return tuple(dict.fromkeys(name for rule in role.rows for name in _CLAIM.findall(rule.where)))


def _check_role(role: Role, catalog: Catalog) -> Iterator[str]:
    yield from _check_patterns(role, catalog)
    sample_claims: dict[str, Claim] = {name: "1" for name in required_claims(role)}
    access = Access(role, tuple(sorted(sample_claims.items())))
    has_broken_rules = False
    for table in catalog:
        for problem in _check_row_rules(table, catalog, access):
            has_broken_rules = True
            yield problem
        yield from _check_masks(table, catalog, access)
    if not has_broken_rules:
        yield from _check_tables(catalog, access)


def _check_patterns(role: Role, catalog: Catalog) -> Iterator[str]:
    tables = [*role.tables.allow, *role.tables.hide, *(name for rule in role.rows for name in rule.tables)]
    for pattern in dict.fromkeys(tables):
        if not any(matches_table(pattern, table, catalog) for table in catalog):
            yield f"{pattern!r} matches no table"
    masked = [name for mask in role.masks for name in mask.columns]
    for pattern in dict.fromkeys([*role.columns.allow, *role.columns.hide, *masked, *role.values]):
        if not any(
            matches_column(pattern, table, column, catalog) for table in catalog for column in table.columns
        ):
            yield f"{pattern!r} matches no column"


def _check_row_rules(table: Table, catalog: Catalog, access: Access) -> Iterable[str]:
    for rule in row_rules_for(catalog, access, table):
        try:
            compile_row_rule(rule.where, table, catalog, ParameterBinder(access), frozenset())
        except RuleViolation as violation:
            rejected = violation.rejected
            problem = f"the row rule {rule.where!r} of {table.full_name}: {rejected.reason} {rejected.hint}"
            yield problem.strip()


def _check_masks(table: Table, catalog: Catalog, access: Access) -> Iterable[str]:
    for column in table.columns:
        mask = mask_for(catalog, access, table, column)
        if mask is not None and not mask_fits(mask, column):
            name = f"{column.kind} column {table.full_name}.{column.name}"
            yield f"a bucket mask does not fit the {name}, so its values are hidden"


def _check_tables(catalog: Catalog, access: Access) -> Iterable[str]:
    """Judge a query of each table, with its row rules and masks."""
    view = view_catalog(catalog, access)
    for table in view.visible:
        name = qualified_name(table, catalog.dialect).sql(dialect=catalog.dialect)
        verdict = judge_with_access(f"SELECT * FROM {name}", view)
        if isinstance(verdict, Rejected):
            yield f"{table.full_name} cannot be read: {verdict.reason}"
