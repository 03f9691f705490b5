"""Approved queries: what the user may see, and bind parameters."""

from store.access.approved_query import Approved, Parameter, bind_values


def test_what_was_asked_is_shown_where_rules_were_put_into_it() -> None:
    plain = Approved("SELECT 1", "sqlite", ("orders",))
    ruled = Approved("SELECT 2", "sqlite", ("orders", "rights"), (), "SELECT 1", ("orders",))
    assert (plain.display_sql, plain.display_tables) == (ruled.display_sql, ruled.display_tables)


def test_values_are_bound_in_order_and_never_printed() -> None:
    approved = Approved("SELECT ?, ?", "sqlite", (), (Parameter("claim.a", "x"), Parameter("salt", "pepper")))
    assert bind_values(approved) == ("x", "pepper")
    assert "pepper" not in repr(approved)
