"""Names and questions taken apart into words."""

import re
import unicodedata
from functools import lru_cache

_FORM = """
a about all also an and any are as at be been being by can could did display do does each every few find for
from give had has have having how i if in into is it its just least less list many me more most much my no
not of on only or our out over per please return shall show so some such tell than that the their them then
there these they this those to under up us was we were what when where which who whom whose why will with
would you your
"""

STOP_WORDS = frozenset(_FORM.split())
"""Words that carry the form of a question, not what it is about."""

_PIECES = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_KEEP_S = ("ss", "us", "is", "as")
_DROP_ES = ("sses", "shes", "ches", "xes", "zes")


def plain(text: str) -> str:
    """Fold case and accents away, so that `Zürich` and `ZURICH` are equal."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def split_name(name: str) -> tuple[str, ...]:
    """Take `custAddressID`, `CUST_ADDRESS_ID` or `cust address id` apart into plain words."""
    return tuple(plain(piece) for piece in _PIECES.findall(_CAMEL.sub(" ", name)))


def in_words(name: str) -> str:
    """Say a name as a person would: `order_items` is `order items`."""
    return " ".join(split_name(name))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Bring singular and plural together. Light on purpose: names are short and a wrong merge costs more."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(_DROP_ES):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(_KEEP_S):
        return word[:-1]
    return word


def content_words(question: str) -> tuple[str, ...]:
    """Give the words a question is about, in order; all of its words when nothing else is left."""
    every = split_name(question)
    return tuple(word for word in every if word not in STOP_WORDS) or every
