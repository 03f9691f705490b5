import pytest

from agent.guard.policy.loader import parse_policy
from agent.guard.policy.validation import check_policy, required_claims
from tests.fixtures.guard.schema import shop

CATALOG = shop("postgres")


def faults(role: str) -> tuple[str, ...]:
    return check_policy(parse_policy(f"roles:\n  a:\n{role}"), CATALOG)


def test_a_policy_that_works_has_no_faults() -> None:
    role = """
    tables: ["public.*"]
    columns: {hide: ["*.tenant_id"]}
    rows: [{tables: [orders, customers], where: "tenant_id = :claim.tenant"}]
    masks: [{columns: customers.email, mask: hash}]
    values: [orders.status]
"""
    assert faults(role) == ()


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("    tables: [orders, oders]", "a: 'oders' matches no table"),
        ("    columns: {hide: [orders.totl]}", "a: 'orders.totl' matches no column"),
        ("    columns: {hide: ['tag:pii']}", "a: 'tag:pii' matches no column"),
        ("    masks: [{columns: x.y, mask: hash}]", "a: 'x.y' matches no column"),
        (
            "    masks: [{columns: orders.id, mask: {bucket: 5}}]",
            "the text column public.orders.id",
        ),
        ("    rows: [{tables: orders, where: 'tenat_id = 1'}]", "orders.tenant_id"),
        ("    rows: [{tables: orders, where: 'tenant_id ='}]", "cannot be parsed as SQL"),
        ("    rows: [{tables: orders, where: 'pg_sleep(1) IS NULL'}]", "pg_sleep"),
        (
            "    rows: [{tables: orders, where: \"repeat('x', 100000) = 'x'\"}]",
            "orders cannot be read",
        ),
    ],
)
def test_what_does_not_work_is_told(role: str, says: str) -> None:
    problem = faults(role)
    assert len(problem) == 1
    assert says in problem[0]


def test_the_claims_that_are_needed_are_known() -> None:
    policy = parse_policy(
        "roles: {a: {rows: [{tables: x, where: 'a = :claim.b AND c IN (:claim.d, :claim.b)'}]}}"
    )
    assert required_claims(policy.roles["a"]) == ("b", "d")
