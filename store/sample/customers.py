"""Generator of the sample shop's customers and addresses."""

import unicodedata
from collections import Counter
from datetime import date, datetime, timedelta
from typing import NamedTuple

from store.sample.demand import FIRST_DAY, random_timestamps
from store.sample.rng import SeededRandom, WeightedChoice
from store.sample.text_data import COUNTRIES, Country, Locale

# Customers who signed up before the opening, so that there are buyers on the first day.
EARLY_SIGNUPS = 250
SEGMENTS = WeightedChoice(("consumer", "business", "vip"), (82, 12, 6))
# Characters that Unicode does not decompose into an ASCII letter and a mark.
ASCII_REPLACEMENTS = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", " ": None, "'": None})


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


def make_customers(rng: SeededRandom, count: int) -> list[Customer]:
    """Generate customers in the order of their sign-up."""
    countries = WeightedChoice(COUNTRIES, [country.share for country in COUNTRIES])
    name_counts: Counter[str] = Counter()
    return [
        _make_customer(rng, number, created_at, countries.draw(rng), name_counts)
        for number, created_at in enumerate(_sign_up_times(rng, count), start=1)
    ]


def make_addresses(rng: SeededRandom, customers: list[Customer]) -> list[Address]:
    """Generate a billing address for each customer, and for a third a shipping address in the same city."""
    cities = {
        country.name: WeightedChoice(country.cities, [city.share for city in country.cities])
        for country in COUNTRIES
    }
    locales = {country.name: country.locale for country in COUNTRIES}
    addresses: list[Address] = []
    for customer in customers:
        # One city per customer, so that "customers from Berlin" has one answer for both kinds of address.
        city = cities[customer.country].draw(rng)
        kinds = ("billing", "shipping") if rng.chance(0.35) else ("billing",)
        for kind in kinds:
            street = _street(rng, locales[customer.country])
            addresses.append(
                Address(
                    id=len(addresses) + 1,
                    customer_id=customer.id,
                    kind=kind,
                    street=street,
                    city=city.name,
                    postal_code=_postal_code(rng, city.postal),
                    country=customer.country,
                )
            )
    return addresses


def _sign_up_times(rng: SeededRandom, count: int) -> list[datetime]:
    opening = datetime.combine(FIRST_DAY, datetime.min.time())
    early_sign_ups = [
        opening - timedelta(minutes=rng.integer(1, 21 * 24 * 60)) for _ in range(min(EARLY_SIGNUPS, count))
    ]
    return sorted(early_sign_ups) + random_timestamps(rng, count - len(early_sign_ups))


def _make_customer(
    rng: SeededRandom, number: int, created_at: datetime, country: Country, name_counts: Counter[str]
) -> Customer:
    first, last = rng.choice(country.locale.first_names), rng.choice(country.locale.last_names)
    age_days = 18 * 366 + int((rng.random() + rng.random()) / 2 * 58 * 365)
    return Customer(
        id=number,
        first_name=first,
        last_name=last,
        email=_email(rng, first, last, name_counts),
        phone=_phone(rng) if rng.chance(0.85) else None,
        country=country.name,
        created_at=created_at,
        birth_date=created_at.date() - timedelta(days=age_days) if rng.chance(0.9) else None,
        newsletter=rng.chance(0.42),
        segment=SEGMENTS.draw(rng),
    )


def _email(rng: SeededRandom, first: str, last: str, name_counts: Counter[str]) -> str:
    """Generate a unique e-mail address in a domain reserved for examples."""
    name = f"{to_ascii(first)}.{to_ascii(last)}".lower()
    name_counts[name] += 1
    number = str(name_counts[name]) if name_counts[name] > 1 else ""
    return f"{name}{number}@example.{rng.choice(('com', 'com', 'org'))}"


def _phone(rng: SeededRandom) -> str:
    # Numbers 555-01xx are reserved for fictional use.
    return f"+1-{rng.integer(201, 989)}-555-01{rng.integer(0, 99):02}"


def _street(rng: SeededRandom, locale: Locale) -> str:
    return locale.address.format(street=rng.choice(locale.streets), number=rng.integer(1, 180))


def _postal_code(rng: SeededRandom, pattern: str) -> str:
    alphabets = {"#": "0123456789", "@": "ABDEFGHJLNPRSTUWXYZ"}
    return "".join(rng.choice(alphabets[char]) if char in alphabets else char for char in pattern)


def to_ascii(name: str) -> str:
    """Transliterate a name to ASCII, for e-mail addresses."""
    decomposed = unicodedata.normalize("NFKD", name.translate(ASCII_REPLACEMENTS))
    return "".join(letter for letter in decomposed if letter.isascii())
