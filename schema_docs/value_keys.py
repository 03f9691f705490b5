"""Numbers a stored value is found by: of its words, of near misses, of pairs of words."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from schema_docs.values import words_of
from schema_docs.words import STOP_WORDS, stem

# A misspelt word still shares a form with the right one when each leaves one letter out (the idea of
# SymSpell). Shorter words have too many neighbours, longer ones are no words.
_SHORTEST, _LONGEST = 4, 20
_MOST_WORDS = 12
_LONGEST_PHRASE = 6


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
    return sorted({_number(form, connection_id) for form in forms})


def probes_of(question: str, connection_id: UUID) -> Probes:
    """Give what to look up for a question."""
    words = words_of(question)
    sizes = range(1, _LONGEST_PHRASE + 1)
    phrases = {" ".join(words[at : at + size]) for size in sizes for at in range(len(words))}
    probes = [list(_forms(word)) for word in dict.fromkeys(words) if word not in STOP_WORDS]
    probes += [[f"{first} {second}"] for first, second in pairwise(words)]
    return Probes(
        tuple(sorted(phrases)),
        tuple(tuple(_number(form, connection_id) for form in forms) for forms in probes),
    )


def _forms(word: str) -> Iterator[str]:
    """Give a word, its stem, and what is left of it when any one letter is missing."""
    yield word
    yield stem(word)
    if _SHORTEST <= len(word) <= _LONGEST:
        yield from {word[:at] + word[at + 1 :] for at in range(len(word))}


def _number(form: str, connection_id: UUID) -> int:
    """Make a signed 32-bit number; the connection goes into it, so that no two connections share a key."""
    return zlib.crc32(connection_id.bytes + form.encode(errors="replace")) - 2**31
