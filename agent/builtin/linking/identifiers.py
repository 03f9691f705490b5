"""Take the names in a schema apart into the words that people would use for them."""

from collections.abc import Iterable, Sequence

from agent.builtin.lexicon.abbreviations import ABBREVIATIONS, COMMON
from agent.builtin.text.lemmas import lemma
from schema_docs.text.tokenize import split_name

_INITIALS = {"f": "first", "l": "last", "m": "middle"}
_SKIPPED_FIRST = frozenset({"ref", "tbl", "tb", "dim", "fact", "stg", "vw", "reference"})


class Splitter:
    """Splits names with the words of one schema at hand."""

    def __init__(self, names: Iterable[str]) -> None:
        pieces = {piece for name in names for piece in split_name(name)}
        self._known = COMMON | ABBREVIATIONS.keys() | {lemma(p) for p in pieces if 3 <= len(p) <= 7} | pieces

    def words(self, name: str) -> tuple[str, ...]:
        """Give the lemmas of a name: `custAddressID` is `customer address id`."""
        found: list[str] = []
        pieces = list(split_name(name))
        for at, piece in enumerate(pieces):
            if piece in _INITIALS and pieces[at + 1 : at + 2] == ["name"]:
                # `LName` is a last name.
                pieces[at] = _INITIALS[piece]
        for piece in pieces:
            for part in self._parts(piece):
                found.extend(lemma(word) for word in ABBREVIATIONS.get(part, part).split())
        return tuple(found)

    def table_words(self, name: str) -> tuple[str, ...]:
        """As `words`, without a technical first word such as `ref` or `tbl`."""
        words = self.words(name)
        return words[1:] if len(words) > 1 and words[0] in _SKIPPED_FIRST else words

    def _parts(self, piece: str) -> tuple[str, ...]:
        if len(piece) < 5 or piece in ABBREVIATIONS or lemma(piece) in COMMON or piece.isdigit():
            return (piece,)
        return self._split(piece) or (piece,)

    def _split(self, piece: str) -> tuple[str, ...] | None:
        if piece[1:] in {"name", "type", "code", "date", "number", "title"} and piece not in COMMON:
            # `gname` and `sname` are names, of whatever begins with that letter.
            return (piece[0], piece[1:])
        for end in range(len(piece) - 2, 1, -1):
            first, rest = piece[:end], piece[end:]
            if self._is_word(first) and self._is_word(rest) and (len(first) > 2 or len(rest) > 2):
                return (first, rest)
        return None

    def _is_word(self, text: str) -> bool:
        if len(text) <= 3:
            return text in ABBREVIATIONS or text in {
                "id",
                "age",
                "pet",
                "dog",
                "car",
                "day",
                "sex",
                "tax",
                "fee",
                "url",
            }
        return text in COMMON or lemma(text) in COMMON or (text in self._known and len(text) > 3)


_SMALL = frozenset(
    [
        "of",
        "the",
        "a",
        "an",
        "in",
        "by",
        "to",
        "for",
        "at",
        "on",
        "and",
        "is",
        "from",
        "with",
        "as",
        "per",
        "'s",
    ]
)


def lemmas_of(text: str) -> tuple[str, ...]:
    """Take a label or synonym apart into lemmas."""
    return tuple(lemma(word) for word in split_name(text))


def content_of(words: Sequence[str]) -> tuple[str, ...]:
    """Leave out the small words."""
    return tuple(word for word in words if word not in _SMALL)


def without_prefix(words: tuple[str, ...], prefix: tuple[str, ...]) -> tuple[str, ...]:
    """Drop the table's words from the front of a column's: `singer_name` of `singer` is a name."""
    rest = words
    for word in prefix:
        if rest and rest[0] == word:
            rest = rest[1:]
    return rest if rest else words
