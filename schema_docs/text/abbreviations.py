"""Abbreviations in table and column names, and the words that joined names are made of."""

from functools import lru_cache

ABBREVIATIONS = {
    "fname": "first name", "lname": "last name", "mname": "middle name", "firstname": "first name",
    "lastname": "last name", "surname": "last name", "num": "number", "nbr": "number",
    "no": "number", "nr": "number", "qty": "quantity",
    "amt": "amount", "dept": "department", "addr": "address", "dob": "birth date", "emp": "employee",
    "stu": "student", "prof": "professor", "cust": "customer", "avg": "average", "max": "maximum",
    "min": "minimum", "yr": "year", "tel": "phone", "dt": "date", "cnt": "count", "bal": "balance",
    "acc": "account", "acct": "account", "org": "organization", "pct": "percent", "lat": "latitude",
    "lng": "longitude", "src": "source", "dst": "destination", "dest": "destination",
    "mfr": "manufacturer",
    "lang": "language", "temp": "temperature", "univ": "university", "gov": "government",
    "govt": "government", "pop": "population", "mgr": "manager", "crs": "course", "sal": "salary",
    "loc": "location", "orig": "original", "tot": "total", "wt": "weight", "ht": "height", "hrs": "hours",
    "mpg": "mile per gallon", "desc": "description", "descr": "description", "pos": "position",
    "attr": "attribute", "img": "image", "msg": "message", "std": "standard", "ref": "reference",
    "lvl": "level", "prod": "product", "mfg": "manufacturing", "cat": "category", "cd": "code",
    "abbr": "abbreviation", "trans": "transaction", "tv": "tv", "birthdate": "birth date",
    "birthday": "birth date", "zipcode": "zip code", "postcode": "postal code", "sqft": "square foot",
    "gpa": "gpa", "dir": "director", "auth": "author", "pub": "publication", "corp": "corporation",
    "ops": "operation", "nm": "name", "appt": "appointment", "appts": "appointment", "pat": "patient",
    "spec": "specialty", "flr": "floor", "inv": "invoice", "subj": "subject", "ord": "order",
}  # fmt: skip

_COMPOUND_WORD_LIST = """
account actor address age air airport album amount area artist at author average away balance bank birth
book budget building by capacity car channel city class club code college color colour company
conference cost count country course customer date day death department description dest destination
director district dog dorm email employee end episode event file film first flight for from full game
gender grade group has height high home hour id in is item job journal key language last length level
line location loss low major maker manager market match max member middle min minor model month movie
name note number of office order out page paper party per percent pet phone place player point
population position price product quarter rank rate rating region result review role room salary sale
sales school score season series sex share shop singer site size skill song source stars start state
status stock store story student teacher team text time title to total type unit url user value web week
weight win year
"""

# Words that joined names are often made of; with the schema's own words they suffice to split `petid`.
COMPOUND_WORDS = frozenset(_COMPOUND_WORD_LIST.split())

# From `dt` to `custm`: longer ones are words.
MIN_LENGTH, MAX_LENGTH = 2, 5
_VOWELS = frozenset("aeiou")


@lru_cache(maxsize=100_000)
def is_abbreviation(short: str, word: str) -> bool:
    """Return whether one word may abbreviate another: its beginning, its consonants, or a mix.

    `cust`, `cstmr` and `custm` may all be `customer`. Unrelated words with such letters match too: this is a
    hint, not a proof.
    """
    if not MIN_LENGTH <= len(short) <= min(len(word) - 2, MAX_LENGTH) or short[0] != word[0]:
        return False
    if len(short) > 2 and word.startswith(short):
        return True
    prefix_length = next(
        index for index in range(len(short) + 1) if index == len(short) or short[index] != word[index]
    )
    remainder = short[prefix_length:]
    letters = iter(word[prefix_length:])
    return not _VOWELS & set(remainder) and all(letter in letters for letter in remainder)
