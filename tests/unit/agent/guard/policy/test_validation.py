import pytest

from agent.guard.policy.loader import read_policy
from agent.guard.policy.validation import check_policy, claims_of
from tests.guard.world import shop

CATALOG = shop("postgres")


def faults(role: str) -> tuple[str, ...]:
    return check_policy(read_policy(f"roles:\n  a:\n{role}"), CATALOG)


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
        ("    tables: [orders, oders]", "a: 'oders' is none of the tables"),
        ("    columns: {hide: [orders.totl]}", "a: 'orders.totl' is none of the columns"),
        ("    columns: {hide: ['tag:pii']}", "a: 'tag:pii' is none of the columns"),
        ("    masks: [{columns: x.y, mask: hash}]", "a: 'x.y' is none of the columns"),
        (
            "    masks: [{columns: orders.id, mask: {bucket: 5}}]",
            "the text column public.orders.id",
        ),
        ("    rows: [{tables: orders, where: 'tenat_id = 1'}]", "orders.tenant_id"),
        ("    rows: [{tables: orders, where: 'tenant_id ='}]", "cannot be read as SQL"),
        ("    rows: [{tables: orders, where: 'pg_sleep(1) IS NULL'}]", "pg_sleep"),
        (
            "    rows: [{tables: orders, where: \"repeat('x', 100000) = 'x'\"}]",
            "orders cannot be read",
        ),
    ],
)
def test_what_does_not_work_is_told(role: str, says: str) -> None:
    told = faults(role)
    assert len(told) == 1
    assert says in told[0]


def test_the_claims_that_are_needed_are_known() -> None:
    policy = read_policy(
        "roles: {a: {rows: [{tables: x, where: 'a = :claim.b AND c IN (:claim.d, :claim.b)'}]}}"
    )
    assert claims_of(policy.roles["a"]) == ("b", "d")
