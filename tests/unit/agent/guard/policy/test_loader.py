import pytest

from agent.errors import InvalidPolicy
from agent.guard.policy.loader import parse_policy
from store.access.roles import NO_ACCESS, Mask, NameFilter, RowRule

FULL = """
version: 1
roles:
  analyst:
    tables: {allow: ["public.*"], hide: [public.secrets]}
    columns:
      hide: tag:pii
    rows:
      - tables: public.orders
        where: region = :claim.region
    masks:
      - {columns: [customers.email], mask: hash}
      - {columns: [customers.phone], mask: last_four}
      - {columns: [customers.notes], mask: null}
      - {columns: [customers.age], mask: {bucket: 10}}
      - {columns: [customers.born], mask: {bucket: year}}
    values: [orders.status]
    max_rows: 500
    max_estimated_rows: 1e6
    max_estimated_cost: 50000
    approve: above_estimate
  "*":
    tables: [public.products]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidPolicy) as caught:
        parse_policy(text)
    return list(caught.value.problems)


def test_everything_that_can_be_said_is_understood() -> None:
    analyst = parse_policy(FULL).roles["analyst"]
    assert analyst.tables == NameFilter(("public.*",), ("public.secrets",))
    assert analyst.columns == NameFilter(("*",), ("tag:pii",))
    assert analyst.rows == (RowRule(("public.orders",), "region = :claim.region"),)
    assert [mask.kind for mask in analyst.masks] == ["hash", "last_four", "null", "bucket", "bucket"]
    assert analyst.masks[3:] == (
        Mask(("customers.age",), "bucket", 10.0),
        Mask(("customers.born",), "bucket", "year"),
    )
    assert (analyst.max_rows, analyst.max_estimated_rows, analyst.max_estimated_cost) == (500, 1e6, 50_000)
    assert (analyst.values, analyst.approve) == (("orders.status",), "above_estimate")


def test_a_role_that_is_not_listed_is_that_of_anybody() -> None:
    policy = parse_policy(FULL, salt="pepper")
    somebody = policy.access("stranger", {"region": "EU"})
    assert somebody.role == policy.roles["*"]
    assert (somebody.claim("region"), somebody.salt) == ("EU", "pepper")


def test_or_sees_nothing() -> None:
    assert parse_policy("roles: {analyst: {}}").access("stranger", {}).role == NO_ACCESS


def test_another_text_is_another_policy() -> None:
    assert parse_policy(FULL).identity == parse_policy(FULL).identity
    assert parse_policy(FULL).identity != parse_policy(FULL + "\n").identity


@pytest.mark.parametrize(
    ("text", "begins", "says"),
    [
        ("", "policy.yaml, line 1", "the file"),
        ("roles: []", "policy.yaml, line 1", "roles"),
        ("roles: {}", "policy.yaml, line 1", "roles"),
        ("version: 2\nroles: {a: {}}", "policy.yaml, line 1", "version"),
        ("roles:\n  a:\n    table: [x]", "policy.yaml, line 3", "roles.a.table"),
        ("roles:\n  a:\n    rows:\n      - tables: x\n        where: ''", "policy.yaml, line 5", "where"),
        ("roles:\n  a:\n    rows:\n      - tables: x", "policy.yaml, line 4", "where"),
        ("roles:\n  a:\n    rows:\n      - {tables: [], where: x}", "policy.yaml, line 4", "tables"),
        ("roles:\n  a:\n    masks:\n      - {columns: x, mask: blur}", "policy.yaml, line 4", "mask"),
        ("roles:\n  a:\n    masks:\n      - {columns: x, mask: bucket}", "policy.yaml, line 4", "bucket: 10"),
        (
            "roles:\n  a:\n    masks:\n      - {columns: x, mask: {bucket: -1}}",
            "policy.yaml, line 4",
            "greater",
        ),
        ("roles:\n  a:\n    max_rows: 0", "policy.yaml, line 3", "max_rows"),
        ("roles:\n  a:\n    approve: sometimes", "policy.yaml, line 3", "approve"),
        ("roles:\n  a:\n    approve: above_estimate", "policy.yaml, line 3", "max_estimated_rows"),
        ("roles:\n  a: {}\n  a: {}", "policy.yaml, line 3", "duplicate"),
        ("roles:\n  a b: {}", "policy.yaml, line", "letters"),
        ("roles: [", "policy.yaml, line", ""),
        ("roles: !!python/object/apply:os.system [x]", "policy.yaml, line", ""),
        ("roles: &a\n  x: *a", "policy.yaml, line", "itself"),
        ("#" * 300_000, "policy.yaml, line 1", "larger"),
    ],
)
def test_every_fault_is_told_with_its_line(text: str, begins: str, says: str) -> None:
    problems = faults(text)
    assert problems[0].startswith(begins)
    assert says in problems[0]
    assert all(fault.endswith(".") for fault in problems)


def test_all_faults_are_told_at_once() -> None:
    assert len(faults("roles:\n  a:\n    max_rows: 0\n  b:\n    approve: no")) == 2
