import pytest

from agent.guard.row_security.parameters import ParameterBinder
from agent.guard.verdict import RuleViolation
from store.access.roles import Access, Role


def test_marks_become_placeholders_in_the_order_they_stand_in() -> None:
    binder = ParameterBinder(Access(Role(), (("a", "x"), ("b", 2)), salt="pepper"))
    (a,), (b,), salt = binder.claim("a"), binder.claim("b"), binder.salt()
    bound = binder.bind(f"{salt.sql()} {b.sql()} {a.sql()} {b.sql()}", "postgres")
    assert bound.sql == "$1 $2 $3 $4"
    assert [each.value for each in bound.parameters] == ["pepper", 2, "x", 2]
    assert bound.parameters[0].name == "salt"


def test_no_two_queries_are_marked_alike() -> None:
    access = Access(Role(), (("a", "x"),))
    assert ParameterBinder(access).claim("a") != ParameterBinder(access).claim("a")


def test_a_value_never_goes_through_the_text() -> None:
    binder = ParameterBinder(Access(Role(), (("a", "x' OR 1 = 1 --"),)))
    assert "OR" not in binder.claim("a")[0].sql()


def test_an_unknown_claim_is_refused() -> None:
    with pytest.raises(RuleViolation):
        ParameterBinder(Access(Role())).claim("a")


def test_a_mark_that_was_changed_on_the_way_is_refused() -> None:
    binder = ParameterBinder(Access(Role(), (("a", "x"),)))
    with pytest.raises(RuleViolation):
        binder.bind(binder.claim("a")[0].sql().replace("'", '"'), "postgres")
