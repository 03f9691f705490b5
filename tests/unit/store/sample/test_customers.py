from collections import Counter

import pytest

from store.sample.customers import to_ascii
from tests.unit.store.sample.conftest import Shop


def test_nobody_shares_an_email_address(shop: Shop) -> None:
    emails = [customer.email for customer in shop["customers"]]
    assert len(set(emails)) == len(emails)


def test_no_mail_can_reach_anybody(shop: Shop) -> None:
    domains = {customer.email.partition("@")[2] for customer in shop["customers"]}
    assert domains == {"example.com", "example.org"}


def test_everybody_was_grown_up_when_signing_up(shop: Shop) -> None:
    ages = [
        (customer.created_at.date() - customer.birth_date).days / 365.25
        for customer in shop["customers"]
        if customer.birth_date
    ]
    assert min(ages) >= 18
    assert max(ages) < 80


def test_everybody_has_one_billing_address_in_their_country(shop: Shop) -> None:
    countries = {customer.id: customer.country for customer in shop["customers"]}
    billing = {
        address.customer_id: address.country for address in shop["addresses"] if address.kind == "billing"
    }
    assert billing == countries
    assert sum(address.kind == "billing" for address in shop["addresses"]) == len(countries)


def test_a_city_lies_in_one_country(shop: Shop) -> None:
    places = {(address.city, address.country) for address in shop["addresses"]}
    assert max(Counter(city for city, _ in places).values()) == 1
    assert {("Berlin", "Germany"), ("Paris", "France"), ("London", "United Kingdom")} <= places


def test_all_addresses_of_a_customer_are_in_one_city(shop: Shop) -> None:
    """So that "customers from Berlin" has one answer, whichever address is looked at."""
    homes = {(address.customer_id, address.city) for address in shop["addresses"]}
    assert len(homes) == len(shop["customers"])


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Müller", "Muller"), ("Sørensen", "Sorensen"), ("De Vries", "DeVries"), ("Łukasz", "Lukasz")],
)
def test_names_become_letters_for_email(name: str, letters: str) -> None:
    assert to_ascii(name) == letters
