"""Catalog filter: tables, columns, keys and values that an access permits."""

import pytest

from store.access.catalog_filter import any_matches, filter_catalog, mask_for, may_show_values, row_rules_for
from store.access.roles import NO_ACCESS, Access, Mask, NameFilter, Role, RowRule
from store.catalog import Catalog, Column, ForeignKey, Table

CUSTOMERS = Table(
    "public",
    "customers",
    (
        Column("id", "integer", "integer"),
        Column("region", "text", "text"),
        Column("Email", "text", "text", tags=("pii",)),
    ),
    primary_key=("id",),
    unique=(("region", "Email"),),
    row_estimate=1_000,
)
ORDERS = Table(
    "public",
    "orders",
    (Column("id", "integer", "integer"), Column("customer_id", "integer", "integer")),
    foreign_keys=(ForeignKey(("customer_id",), "public.customers", ("id",)),),
)
PAY = Table("hr", "pay", (Column("amount", "numeric", "number"),), tags=("hr", "pii"))
CATALOG = Catalog("postgres", (CUSTOMERS, ORDERS, PAY), "public")


def seen(role: Role) -> dict[str, list[str]]:
    filtered = filter_catalog(CATALOG, Access(role))
    return {table.full_name: [column.name for column in table.columns] for table in filtered}


def test_without_an_access_all_is_to_be_seen() -> None:
    assert filter_catalog(CATALOG, None) is CATALOG
    assert may_show_values(CATALOG, None, CUSTOMERS, CUSTOMERS.columns[1])


def test_who_has_no_role_sees_nothing() -> None:
    assert seen(NO_ACCESS) == {}


def test_whole_schemas_and_single_tables_are_allowed_by_pattern() -> None:
    assert set(seen(Role(tables=NameFilter(allow=("public.*",))))) == {"public.customers", "public.orders"}
    assert set(seen(Role(tables=NameFilter(allow=("orders",))))) == {"public.orders"}


def test_a_bare_name_allows_in_the_default_schema_only_and_hides_everywhere() -> None:
    assert seen(Role(tables=NameFilter(allow=("pay",)))) == {}
    assert "hr.pay" not in seen(Role(tables=NameFilter(hide=("pay",))))


def test_what_allows_minds_the_case_and_what_hides_does_not() -> None:
    assert seen(Role(tables=NameFilter(allow=("public.ORDERS",)))) == {}
    assert "public.orders" not in seen(Role(tables=NameFilter(hide=("PUBLIC.Orders",))))
    assert seen(Role(columns=NameFilter(hide=("*.EMAIL",))))["public.customers"] == ["id", "region"]


def test_tags_hide_columns_and_tables() -> None:
    assert set(seen(Role(tables=NameFilter(hide=("tag:hr",))))) == {"public.customers", "public.orders"}
    # A table whose every column is hidden is not there either.
    assert seen(Role(columns=NameFilter(hide=("tag:pii",)))) == {
        "public.customers": ["id", "region"],
        "public.orders": ["id", "customer_id"],
    }


def test_columns_can_be_allowed_one_by_one() -> None:
    role = Role(columns=NameFilter(allow=("customers.region", "public.orders.*")))
    assert seen(role) == {"public.customers": ["region"], "public.orders": ["id", "customer_id"]}


def test_keys_with_a_hidden_part_are_hidden() -> None:
    filtered = filter_catalog(
        CATALOG, Access(Role(columns=NameFilter(hide=("customers.id", "customers.email"))))
    )
    customers, orders, _ = filtered.tables
    assert (customers.primary_key, customers.unique, orders.foreign_keys) == ((), (), ())


def test_how_many_rows_a_ruled_table_has_is_not_told() -> None:
    ruled = Access(Role(rows=(RowRule(("customers",), "region = 'EU'"),)))
    assert filter_catalog(CATALOG, ruled).tables[0].row_estimate is None
    assert len(row_rules_for(CATALOG, ruled, CUSTOMERS)) == 1
    assert row_rules_for(CATALOG, ruled, ORDERS) == ()


def test_values_under_rules_and_masks_are_not_told_unless_the_role_says_so() -> None:
    identity, region, email = CUSTOMERS.columns
    role = Role(
        rows=(RowRule(("public.customers",), "region = 'EU'"),),
        masks=(Mask(("customers.email",), "hash"),),
        values=("customers.region", "customers.email"),
    )
    shown = [
        may_show_values(CATALOG, Access(role), CUSTOMERS, column) for column in (identity, region, email)
    ]
    assert shown == [False, True, False]
    assert may_show_values(CATALOG, Access(role), ORDERS, ORDERS.columns[0])


def test_the_first_mask_about_a_column_counts() -> None:
    first, second = Mask(("*.email",), "null"), Mask(("tag:pii",), "hash")
    access = Access(Role(masks=(first, second)))
    assert mask_for(CATALOG, access, CUSTOMERS, CUSTOMERS.columns[2]) is first
    assert mask_for(CATALOG, access, PAY, PAY.columns[0]) is second
    assert mask_for(CATALOG, access, ORDERS, ORDERS.columns[0]) is None


def test_claims_are_found_by_name_and_the_salt_is_not_printed() -> None:
    assert Access(Role(), (("region", "EU"),)).claim("region") == "EU"
    assert Access(Role()).claim("region") is None
    assert "pepper" not in repr(Access(Role(), salt="pepper"))


@pytest.mark.parametrize(
    ("pattern", "name", "is_meant"),
    [
        ("public.orders", "public.orders", True),
        ("public.*", "public.orders", True),
        ("*.email", "public.orders.email", True),
        ("orders", "public.orders", False),
        ("public.orders", "public.orders2", False),
        ("public.o?ders", "public.orders", False),
        ("a[b]", "a[b]", True),
        ("*", "a\nb", True),
    ],
)
def test_a_star_stands_for_anything_and_nothing_else_is_special(
    pattern: str, name: str, is_meant: bool
) -> None:
    assert any_matches([pattern], [name], []) is is_meant


def test_tags_are_no_names() -> None:
    assert any_matches(["tag:pii"], ["orders"], ["pii"])
    assert not any_matches(["tag:orders"], ["orders"], ["pii"])
    assert not any_matches(["pii"], ["orders"], ["pii"])


def test_case_counts_where_it_is_asked_for() -> None:
    assert any_matches(["ORDERS"], ["orders"], [])
    assert not any_matches(["ORDERS"], ["orders"], [], exact=True)
