from store.access.approved_query import Approved, Parameter, values_of


def test_what_was_asked_is_shown_where_rules_were_put_into_it() -> None:
    plain = Approved("SELECT 1", "sqlite", ("orders",))
    ruled = Approved("SELECT 2", "sqlite", ("orders", "rights"), (), "SELECT 1", ("orders",))
    assert (plain.shown_sql, plain.shown_tables) == (ruled.shown_sql, ruled.shown_tables)


def test_values_are_bound_in_order_and_never_printed() -> None:
    approved = Approved("SELECT ?, ?", "sqlite", (), (Parameter("claim.a", "x"), Parameter("salt", "pepper")))
    assert values_of(approved) == ("x", "pepper")
    assert "pepper" not in repr(approved)
