"""Words and values as a person writes them: plurals, lists, numbers, dates."""

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from agent.builtin.nlg.dates import moment_said
from agent.builtin.text.lemmas import lemma

LONGEST = 60
_IRREGULAR = {
    "person": "people", "child": "children", "foot": "feet", "tooth": "teeth", "mouse": "mice",
    "goose": "geese", "criterion": "criteria", "phenomenon": "phenomena", "quiz": "quizzes",
    "leaf": "leaves", "shelf": "shelves", "wolf": "wolves", "knife": "knives", "wife": "wives",
    "life": "lives", "half": "halves", "hero": "heroes", "potato": "potatoes", "tomato": "tomatoes",
    "echo": "echoes", "veto": "vetoes", "index": "indexes", "matrix": "matrices",
    "curriculum": "curricula", "axis": "axes",
}  # fmt: skip
_SAME = frozenset(
    {
        "data", "media", "series", "species", "news", "staff", "aircraft", "information", "equipment",
        "revenue", "sheep", "fish", "feedback", "software", "hardware", "furniture", "money", "sales",
        "personnel", "spacecraft", "headquarters", "merchandise", "traffic", "goods", "stock",
    }
)  # fmt: skip
_BEHIND = frozenset({"of", "in", "for", "per", "to", "on", "at", "from", "by", "with"})
_VOWELS = frozenset("aeiou")


def plural(noun: str) -> str:
    """The plural of a noun, or of the head of a few words: `dates of birth`, `amounts paid`."""
    words = noun.split(" ")
    behind = next((at for at, word in enumerate(words) if at and word in _BEHIND), len(words))
    while behind > 1 and _is_participle(words[behind - 1]):
        behind -= 1
    return " ".join([*words[: behind - 1], _plural_of(words[behind - 1]), *words[behind:]])


def _is_participle(word: str) -> bool:
    return (word.endswith("ed") and len(word) > 4) or word in {"paid", "sold", "sent", "spent", "won", "lost"}


def _plural_of(word: str) -> str:
    low = word.lower()
    if low in _IRREGULAR:
        return _IRREGULAR[low] if word == low else _IRREGULAR[low].capitalize()
    if low in _SAME or not low[-1:].isalpha() or _is_plural(low):
        return word
    if low.endswith(("man", "woman")) and low not in {"human", "german", "roman"}:
        return word[:-2] + "en"
    if low.endswith("sis"):
        return word[:-2] + "es"
    if low.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if low.endswith("y") and low[-2:-1] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def _is_plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith(("ss", "us", "is")) and lemma(word) != word


def counted(number: int, noun: str) -> str:
    """So many of a thing: `1 order`, `4,000 customers`, `no suppliers`."""
    if number == 0:
        return f"no {plural(noun)}"
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def joined(parts: Sequence[str], word: str = "and") -> str:
    """`a, b and c`; where a part has a comma of its own, semicolons part them."""
    if len(parts) < 2:
        return "".join(parts)
    comma = "; " if any(", " in part for part in parts) else ", "
    last = f"{comma}{word} " if comma == "; " else f" {word} "
    return comma.join(parts[:-1]) + last + parts[-1]


def with_article(noun: str) -> str:
    """`a category`, `an order`."""
    return f"{'an' if noun[:1].lower() in _VOWELS else 'a'} {noun}"


def capitalized(sentence: str) -> str:
    """A sentence with its first letter great; the others stay as they are."""
    return sentence[:1].upper() + sentence[1:]


def said(value: Any, *, plain: bool = False) -> str:
    """A value as a person reads it: 1,234.50, 3 March 2025. `plain` numbers are names: 18437, 2025."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value) if plain else f"{value:,}"
        case float() | Decimal():
            return _number(value, plain=plain)
        case datetime() | date() | time():
            return moment_said(value)
        case bytes() | memoryview():
            return "binary data"
    return clipped(str(value))


def _number(value: float | Decimal, *, plain: bool) -> str:
    if not math.isfinite(value):
        return "not a number"
    if value == int(value):
        return said(int(value), plain=plain)
    return f"{value:,.2f}" if abs(float(value)) >= 0.01 else f"{value:.2g}"


def clipped(text: str) -> str:
    """A text on one line, and not too long for a sentence."""
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
