"""Identifier splitting: from names in a schema to the words that people use for them."""

from collections.abc import Iterable, Sequence

from agent.builtin.lexicon.abbreviations import ABBREVIATIONS, COMMON
from agent.builtin.text.lemmas import lemma
from schema_docs.text.tokenize import split_identifier

_INITIALS = {"f": "first", "l": "last", "m": "middle"}
_TECHNICAL_PREFIXES = frozenset({"ref", "tbl", "tb", "dim", "fact", "stg", "vw", "reference"})
_SHORT_WORDS = frozenset({"id", "age", "pet", "dog", "car", "day", "sex", "tax", "fee", "url"})
_PREFIXED_WORDS = frozenset({"name", "type", "code", "date", "number", "title"})


class IdentifierSplitter:
    """Splits identifiers into words, using the vocabulary of one schema."""

    def __init__(self, names: Iterable[str]) -> None:
        parts = {part for name in names for part in split_identifier(name)}
        lemmas = {lemma(part) for part in parts if 3 <= len(part) <= 7}
        self._vocabulary = COMMON | ABBREVIATIONS.keys() | lemmas | parts

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
        if len(part) < 5 or part in ABBREVIATIONS or lemma(part) in COMMON or part.isdigit():
            return (part,)
        return self._split_compound(part) or (part,)

    def _split_compound(self, part: str) -> tuple[str, ...] | None:
        if part[1:] in _PREFIXED_WORDS and part not in COMMON:
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
        return text in COMMON or lemma(text) in COMMON or text in self._vocabulary


_STOP_WORDS = frozenset(
    {
        "of", "the", "a", "an", "in", "by", "to", "for", "at", "on", "and", "is", "from", "with", "as", "per",
        "'s",
    }
)  # fmt: skip


def lemmas_of(text: str) -> tuple[str, ...]:
    """Split a label or synonym into lemmas."""
    return tuple(lemma(word) for word in split_identifier(text))


def content_words(words: Sequence[str]) -> tuple[str, ...]:
    """Leave out the stop words."""
    return tuple(word for word in words if word not in _STOP_WORDS)


def without_prefix(words: tuple[str, ...], prefix: tuple[str, ...]) -> tuple[str, ...]:
    """Drop the table's words from the front of a column's: `singer_name` of `singer` is a name."""
    rest = words
    for word in prefix:
        if rest and rest[0] == word:
            rest = rest[1:]
    return rest or words
