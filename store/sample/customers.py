"""Make the sample shop's customers and where they live."""

import unicodedata
from collections import Counter
from datetime import date, datetime, timedelta
from typing import NamedTuple

from store.sample.demand import OPENING, moments
from store.sample.rng import Dice, Urn
from store.sample.text_data import COUNTRIES, Country, Tongue

# Who signed up while the shop was being built, so that somebody can buy on the first day.
EARLY_BIRDS = 250
SEGMENTS = Urn(("consumer", "business", "vip"), (82, 12, 6))
# Letters that Unicode does not take apart into a letter and its mark.
PLAIN = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", " ": None, "'": None})


class Customer(NamedTuple):
    """A row of `customers`."""

    id: int
    first_name: str
    last_name: str
    email: str
    phone: str | None
    country: str
    created_at: datetime
    birth_date: date | None
    newsletter: bool
    segment: str


class Address(NamedTuple):
    """A row of `addresses`."""

    id: int
    customer_id: int
    kind: str
    street: str
    city: str
    postal_code: str
    country: str


def make_customers(dice: Dice, count: int) -> list[Customer]:
    """Make customers in the order they signed up."""
    countries = Urn(COUNTRIES, [country.share for country in COUNTRIES])
    taken: Counter[str] = Counter()
    return [
        _make_customer(dice, number, moment, countries.draw(dice), taken)
        for number, moment in enumerate(_sign_ups(dice, count), start=1)
    ]


def make_addresses(dice: Dice, customers: list[Customer]) -> list[Address]:
    """Give everybody a billing address, and every third another one to ship to, in the same city."""
    cities = {
        country.name: Urn(country.cities, [city.share for city in country.cities]) for country in COUNTRIES
    }
    tongues = {country.name: country.tongue for country in COUNTRIES}
    addresses: list[Address] = []
    for customer in customers:
        # One city for each customer: "customers from Berlin" has one answer, whichever address counts.
        city = cities[customer.country].draw(dice)
        kinds = ("billing", "shipping") if dice.chance(0.35) else ("billing",)
        for kind in kinds:
            street = _street(dice, tongues[customer.country])
            addresses.append(
                Address(
                    id=len(addresses) + 1,
                    customer_id=customer.id,
                    kind=kind,
                    street=street,
                    city=city.name,
                    postal_code=_postal_code(dice, city.postal),
                    country=customer.country,
                )
            )
    return addresses


def _sign_ups(dice: Dice, count: int) -> list[datetime]:
    opening = datetime.combine(OPENING, datetime.min.time())
    early = [
        opening - timedelta(minutes=dice.between(1, 21 * 24 * 60)) for _ in range(min(EARLY_BIRDS, count))
    ]
    return sorted(early) + moments(dice, count - len(early))


def _make_customer(
    dice: Dice, number: int, moment: datetime, country: Country, taken: Counter[str]
) -> Customer:
    first, last = dice.pick(country.tongue.first_names), dice.pick(country.tongue.last_names)
    age_days = 18 * 366 + int((dice.throw() + dice.throw()) / 2 * 58 * 365)
    return Customer(
        id=number,
        first_name=first,
        last_name=last,
        email=_email(dice, first, last, taken),
        phone=_phone(dice) if dice.chance(0.85) else None,
        country=country.name,
        created_at=moment,
        birth_date=moment.date() - timedelta(days=age_days) if dice.chance(0.9) else None,
        newsletter=dice.chance(0.42),
        segment=SEGMENTS.draw(dice),
    )


def _email(dice: Dice, first: str, last: str, taken: Counter[str]) -> str:
    """Make an address nobody else has, in a domain set aside for examples."""
    name = f"{plain(first)}.{plain(last)}".lower()
    taken[name] += 1
    number = str(taken[name]) if taken[name] > 1 else ""
    return f"{name}{number}@example.{dice.pick(('com', 'com', 'org'))}"


def _phone(dice: Dice) -> str:
    # 555-01xx is set aside for examples, so that no phone rings.
    return f"+1-{dice.between(201, 989)}-555-01{dice.between(0, 99):02}"


def _street(dice: Dice, tongue: Tongue) -> str:
    return tongue.address.format(street=dice.pick(tongue.streets), number=dice.between(1, 180))


def _postal_code(dice: Dice, pattern: str) -> str:
    signs = {"#": "0123456789", "@": "ABDEFGHJLNPRSTUWXYZ"}
    return "".join(dice.pick(signs[sign]) if sign in signs else sign for sign in pattern)


def plain(name: str) -> str:
    """Write a name with the letters an e-mail address may have."""
    apart = unicodedata.normalize("NFKD", name.translate(PLAIN))
    return "".join(letter for letter in apart if letter.isascii())
