"""Tokenizer and stemmer for names and questions."""

import re
import unicodedata
from functools import lru_cache

_STOP_WORD_LIST = """
a about all also an and any are as at be been being by can could did display do does each every few find for
from give had has have having how i if in into is it its just least less list many me more most much my no
not of on only or our out over per please return shall show so some such tell than that the their them then
there these they this those to under up us was we were what when where which who whom whose why will with
would you your
"""

STOP_WORDS = frozenset(_STOP_WORD_LIST.split())
"""Function words: the form of a question, not its subject."""

_WORD_OR_NUMBER = re.compile(r"[^\W\d_]+|\d+")
_CAMEL_BOUNDARY = re.compile(r"(?<=[a-zß-ÿ0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_INVARIANT_S_ENDINGS = ("ss", "us", "is", "as")
_ES_PLURAL_ENDINGS = ("sses", "shes", "ches", "xes", "zes")


def normalize(text: str) -> str:
    """Fold case and accents, so that `Zürich` and `ZURICH` are equal."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def split_identifier(name: str) -> tuple[str, ...]:
    """Split `custAddressID`, `CUST_ADDRESS_ID` or `cust address id` into folded words."""
    return tuple(normalize(word) for word in _WORD_OR_NUMBER.findall(_CAMEL_BOUNDARY.sub(" ", name)))


def to_words(name: str) -> str:
    """Return a name as spaced words: `order_items` becomes `order items`."""
    return " ".join(split_identifier(name))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Remove plural endings.

    Deliberately light: names are short, and a wrong merge costs more than a missed one.
    """
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(_ES_PLURAL_ENDINGS):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(_INVARIANT_S_ENDINGS):
        return word[:-1]
    return word


def content_words(question: str) -> tuple[str, ...]:
    """Return the content words of a question, in order; all of its words if nothing else is left."""
    words = split_identifier(question)
    return tuple(word for word in words if word not in STOP_WORDS) or words
