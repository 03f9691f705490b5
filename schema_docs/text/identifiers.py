"""Identifier splitting: from names in a schema to the words that people use for them."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from schema_docs.text.abbreviations import ABBREVIATIONS, COMPOUND_WORDS
from schema_docs.text.lemmatizer import lemma


def normalize(text: str) -> str:
    """Fold case and accents, so that `Zürich` and `ZURICH` are equal."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10,
}  # fmt: skip


_WORD_OR_NUMBER = re.compile(r"[^\W\d_]+|\d+")
_CAMEL_BOUNDARY = re.compile(r"(?<=[a-zß-ÿ0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_INITIALS = {"f": "first", "l": "last", "m": "middle"}
_TECHNICAL_PREFIXES = frozenset({"ref", "tbl", "tb", "dim", "fact", "stg", "vw", "reference"})
_SHORT_WORDS = frozenset({"id", "age", "pet", "dog", "car", "day", "sex", "tax", "fee", "url"})
_PREFIXED_WORDS = frozenset({"name", "type", "code", "date", "number", "title"})


def split_identifier(name: str) -> tuple[str, ...]:
    """Split `custAddressID`, `CUST_ADDRESS_ID` or `cust address id` into folded words."""
    return tuple(normalize(word) for word in _WORD_OR_NUMBER.findall(_CAMEL_BOUNDARY.sub(" ", name)))


def to_words(name: str) -> str:
    """Return a name as spaced words: `order_items` becomes `order items`."""
    return " ".join(split_identifier(name))


class IdentifierSplitter:
    """Splits identifiers into words, using the vocabulary of one schema."""

    def __init__(self, names: Iterable[str]) -> None:
        parts = {part for name in names for part in split_identifier(name)}
        lemmas = {lemma(part) for part in parts if 3 <= len(part) <= 7}
        self._vocabulary = COMPOUND_WORDS | ABBREVIATIONS.keys() | lemmas | parts

    def words(self, name: str) -> tuple[str, ...]:
        """Split an identifier into lemmas: `custAddressID` is `customer address id`."""
        words: list[str] = []
        parts = list(split_identifier(name))
        for position, part in enumerate(parts):
            if part in _INITIALS and parts[position + 1 : position + 2] == ["name"]:
                # `LName` is a last name.
                parts[position] = _INITIALS[part]
        for part in parts:
            for component in self._components(part):
                words.extend(lemma(word) for word in ABBREVIATIONS.get(component, component).split())
        return tuple(words)

    def table_words(self, name: str) -> tuple[str, ...]:
        """Split a table name, without a technical prefix such as `ref` or `tbl`."""
        words = self.words(name)
        return words[1:] if len(words) > 1 and words[0] in _TECHNICAL_PREFIXES else words

    def _components(self, part: str) -> tuple[str, ...]:
        if len(part) < 5 or part in ABBREVIATIONS or lemma(part) in COMPOUND_WORDS or part.isdigit():
            return (part,)
        return self._split_compound(part) or (part,)

    def _split_compound(self, part: str) -> tuple[str, ...] | None:
        if part[1:] in _PREFIXED_WORDS and part not in COMPOUND_WORDS:
            # `gname` and `sname` are names prefixed with the table's initial.
            return (part[0], part[1:])
        for end in range(len(part) - 2, 1, -1):
            first, rest = part[:end], part[end:]
            if self._is_word(first) and self._is_word(rest) and (len(first) > 2 or len(rest) > 2):
                return (first, rest)
        return None

    def _is_word(self, text: str) -> bool:
        if len(text) <= 3:
            return text in ABBREVIATIONS or text in _SHORT_WORDS
        return text in COMPOUND_WORDS or lemma(text) in COMPOUND_WORDS or text in self._vocabulary


_STOP_WORDS = frozenset(
    {
        "of", "the", "a", "an", "in", "by", "to", "for", "at", "on", "and", "is", "from", "with", "as", "per",
        "'s",
    }
)  # fmt: skip


def lemmatize(text: str) -> tuple[str, ...]:
    """Split a name, label or synonym into lemmas, without expanding abbreviations."""
    return tuple(lemma(word) for word in split_identifier(text))


def drop_stop_words(words: Sequence[str]) -> tuple[str, ...]:
    """Leave out the stop words."""
    return tuple(word for word in words if word not in _STOP_WORDS)


def without_prefix(words: tuple[str, ...], prefix: tuple[str, ...]) -> tuple[str, ...]:
    """Drop the table's words from the front of a column's: `singer_name` of `singer` is a name."""
    rest = words
    for word in prefix:
        if rest and rest[0] == word:
            rest = rest[1:]
    return rest or words
