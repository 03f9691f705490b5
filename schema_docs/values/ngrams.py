"""Numbers a stored value is found by: of its words, of near misses, of pairs of words."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from schema_docs.text.tokenize import STOP_WORDS, stem
from schema_docs.values.acronyms import LONGEST, SHORTEST, initials_in, initials_of, spelt_out
from schema_docs.values.index import WORD, words_of
from schema_docs.values.synonyms import VALUE_SYNONYMS

# A misspelt word still shares a form with the right one when each leaves one letter out (the idea of
# SymSpell). Shorter words have too many neighbours, longer ones are no words.
_SHORTEST, _LONGEST = 4, 20
_MOST_WORDS = 12
_LONGEST_PHRASE = 6
# Raised when keys are made in another way: then those of all values are made anew.
MANNER = "2"


@dataclass(frozen=True, slots=True)
class Probes:
    """What to look a question up by: whole phrases, and for each word or pair of words its keys."""

    plain: tuple[str, ...]
    keys: tuple[tuple[int, ...], ...]


def plain_of(value: str) -> str:
    """Give a value in plain words, as it is compared with phrases."""
    return " ".join(words_of(value))


def keys_of(value: str, connection_id: UUID) -> list[int]:
    """Give the keys to keep with a value."""
    words = words_of(value)[:_MOST_WORDS]
    forms = {form for word in words if word not in STOP_WORDS or len(words) == 1 for form in _forms(word)}
    forms |= {f"{first} {second}" for first, second in pairwise(words)}
    forms |= {f".{letters}" for letters in initials_of(words)}
    salt = zlib.crc32(connection_id.bytes)
    return sorted({_number(form, salt) for form in forms})


def probes_of(question: str, connection_id: UUID) -> Probes:
    """Give what to look up for a question."""
    words, salt = words_of(question), zlib.crc32(connection_id.bytes)
    sizes = range(1, _LONGEST_PHRASE + 1)
    phrases = {" ".join(words[at : at + size]) for size in sizes for at in range(len(words))}
    probes = [list(_forms(word)) for word in dict.fromkeys(words) if word not in STOP_WORDS]
    probes += [[f"{first} {second}"] for first, second in pairwise(words)]
    probes += [[f".{letters}"] for letters in sorted(initials_in(question))]
    phrases |= {stored for phrase in phrases for stored in VALUE_SYNONYMS.get(phrase, ())}
    phrases |= _spelt_out(question)
    return Probes(
        tuple(sorted(phrases)),
        tuple(tuple(_number(form, salt) for form in forms) for forms in probes),
    )


def _spelt_out(question: str) -> set[str]:
    """Give the initials of all that may be a name of several words."""
    said = [match.span() for match in WORD.finditer(question)]
    sizes = range(SHORTEST, LONGEST + 2)
    ends = [(said[at][0], said[at + size - 1][1]) for size in sizes for at in range(len(said) - size + 1)]
    return {letters for start, end in ends for letters in spelt_out(question[start:end])}


def _forms(word: str) -> Iterator[str]:
    """Give a word, its stem, and what is left of either when any one letter is missing."""
    for form in {word, stem(word)}:
        yield form
        if _SHORTEST <= len(form) <= _LONGEST:
            yield from {form[:at] + form[at + 1 :] for at in range(len(form))}


def _number(form: str, salt: int) -> int:
    """Make a signed 32-bit number; the connection goes into it as salt, so that no two share a key."""
    return zlib.crc32(form.encode(errors="replace"), salt) - 2**31
