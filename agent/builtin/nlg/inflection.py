"""English inflection and value formatting: plurals, enumerations, numbers and dates."""

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from agent.builtin.nlg.dates import format_moment
from schema_docs.text.lemmatizer import lemma

MAX_TEXT_LENGTH = 60
_IRREGULAR = {
    "person": "people", "child": "children", "foot": "feet", "tooth": "teeth", "mouse": "mice",
    "goose": "geese", "criterion": "criteria", "phenomenon": "phenomena", "quiz": "quizzes",
    "leaf": "leaves", "shelf": "shelves", "wolf": "wolves", "knife": "knives", "wife": "wives",
    "life": "lives", "half": "halves", "hero": "heroes", "potato": "potatoes", "tomato": "tomatoes",
    "echo": "echoes", "veto": "vetoes", "index": "indexes", "matrix": "matrices",
    "curriculum": "curricula", "axis": "axes",
}  # fmt: skip
_UNINFLECTED = frozenset(
    {
        "data", "media", "series", "species", "news", "staff", "aircraft", "information", "equipment",
        "revenue", "sheep", "fish", "feedback", "software", "hardware", "furniture", "money", "sales",
        "personnel", "spacecraft", "headquarters", "merchandise", "traffic", "goods", "stock",
    }
)  # fmt: skip
_PREPOSITIONS = frozenset({"of", "in", "for", "per", "to", "on", "at", "from", "by", "with"})
_VOWELS = frozenset("aeiou")


def pluralize(noun: str) -> str:
    """Form the plural of a noun or noun phrase: `dates of birth`, `amounts paid`."""
    words = noun.split(" ")
    end = next((index for index, word in enumerate(words) if index and word in _PREPOSITIONS), len(words))
    while end > 1 and _is_participle(words[end - 1]):
        end -= 1
    return " ".join([*words[: end - 1], _pluralize_word(words[end - 1]), *words[end:]])


def _is_participle(word: str) -> bool:
    return (word.endswith("ed") and len(word) > 4) or word in {"paid", "sold", "sent", "spent", "won", "lost"}


def _pluralize_word(word: str) -> str:
    low = word.lower()
    if low in _IRREGULAR:
        return _IRREGULAR[low] if word == low else _IRREGULAR[low].capitalize()
    if low in _UNINFLECTED or not low[-1:].isalpha() or _is_plural(low):
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


def format_count(number: int, noun: str) -> str:
    """Format a count with its noun: `1 order`, `4,000 customers`, `no suppliers`."""
    if number == 0:
        return f"no {pluralize(noun)}"
    return f"{number:,} {noun if number == 1 else pluralize(noun)}"


def join_phrases(parts: Sequence[str], word: str = "and") -> str:
    """Join phrases as `a, b and c`, with semicolons if a phrase contains a comma."""
    if len(parts) < 2:
        return "".join(parts)
    comma = "; " if any(", " in part for part in parts) else ", "
    last = f"{comma}{word} " if comma == "; " else f" {word} "
    return comma.join(parts[:-1]) + last + parts[-1]


def add_article(noun: str) -> str:
    """Prefix the indefinite article: `a category`, `an order`."""
    return f"{'an' if noun[:1].lower() in _VOWELS else 'a'} {noun}"


def capitalize(sentence: str) -> str:
    """Capitalize the first letter of a sentence only."""
    return sentence[:1].upper() + sentence[1:]


def format_value(value: Any, *, plain: bool = False) -> str:
    """Format a value: 1,234.50, 3 March 2025. `plain` numbers are identifiers or years: 18437, 2025."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value) if plain else f"{value:,}"
        case float() | Decimal():
            return _format_number(value, plain=plain)
        case datetime() | date() | time():
            return format_moment(value)
        case bytes() | memoryview():
            return "binary data"
    return truncate(str(value))


def _format_number(value: float | Decimal, *, plain: bool) -> str:
    if not math.isfinite(value):
        return "not a number"
    if value == int(value):
        return format_value(int(value), plain=plain)
    return f"{value:,.2f}" if abs(float(value)) >= 0.01 else f"{value:.2g}"


def truncate(text: str) -> str:
    """Collapse white space and cut a text to 60 characters."""
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= MAX_TEXT_LENGTH else text[: MAX_TEXT_LENGTH - 1].rstrip() + "…"
