"""Lookup keys for stored values: hashes of words, near misspellings and word pairs."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from schema_docs.text.lemmatizer import lemma
from schema_docs.text.tokenizer import STOP_WORDS, WORD, split_words
from schema_docs.values.synonyms import VALUE_SYNONYMS

MIN_LETTERS, MAX_LETTERS = 2, 5
# A lower-case word of this length without a vowel is hardly a word. Two words share their initials with many
# others, so acronyms of names need three.
_MIN_UNPRONOUNCEABLE = 3
_MIN_EXPANDED = 3
# Words that link the words of one name; `and` as often links two names.
_LINK_WORDS = frozenset({"of", "the", "for", "de"})

_WORD_OR_INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}|[^\W\d_]+")


def make_acronyms(words: Sequence[str]) -> tuple[str, ...]:
    """Return the initials of a few words, without function words and with them; none of a single word."""
    if len(words) < MIN_LETTERS:
        return ()
    content_words = [word for word in words if word not in STOP_WORDS]
    acronyms = (
        "".join(word[0] for word in candidate)
        for candidate in (content_words, words)
        if _can_be_abbreviated(candidate)
    )
    return tuple(dict.fromkeys(acronyms))


def parse_acronym(word: str) -> str | None:
    """Return the letters of an acronym in lower case (`USA`, `U.S.A.`, `nyc`); None for other words."""
    letters = word.replace(".", "")
    if not letters.isalpha() or not MIN_LETTERS <= len(letters) <= MAX_LETTERS:
        return None
    folded = letters.lower()
    unpronounceable = len(folded) >= _MIN_UNPRONOUNCEABLE and not set("aeiou") & set(folded)
    return folded if letters.isupper() or unpronounceable else None


def find_acronyms(question: str) -> set[str]:
    """Return every possible acronym in a question; none if the question is all capitals."""
    words = () if question.isupper() else _WORD_OR_INITIALS.findall(question)
    return {letters for word in words if (letters := parse_acronym(word))}


def abbreviate_name(phrase: str) -> Iterator[str]:
    """Return the acronyms of a name of three words or more, each of them capitalized."""
    if not phrase[:1].isupper():
        return
    words = phrase.split()
    capitalized = [word[0].isupper() and word.lower() not in STOP_WORDS for word in words]
    links = {word for word, is_capitalized in zip(words, capitalized, strict=True) if not is_capitalized}
    if capitalized[0] and capitalized[-1] and links <= _LINK_WORDS:
        acronyms = make_acronyms([word.lower() for word in words])
        yield from (letters for letters in acronyms if len(letters) >= _MIN_EXPANDED)


def _can_be_abbreviated(words: Sequence[str]) -> bool:
    return MIN_LETTERS <= len(words) <= MAX_LETTERS and all(word.isalpha() for word in words)


# A misspelled word shares a variant with the correct one if each drops one letter (the idea of SymSpell).
# Shorter words have too many neighbours; longer ones are not words.
_MIN_DELETION_LENGTH, _MAX_DELETION_LENGTH = 4, 20
_MAX_INDEXED_WORDS = 12
_MAX_PHRASE_WORDS = 6
# Increment when the computation of keys changes: then all keys are rebuilt.
KEYS_VERSION = "3"


@dataclass(frozen=True, slots=True)
class ValueProbes:
    """Search keys of a question: whole phrases, and the key variants of each word or word pair."""

    plain: tuple[str, ...]
    keys: tuple[tuple[int, ...], ...]


def normalize_value(value: str) -> str:
    """Return a value as folded words, the form in which it is compared with phrases."""
    return " ".join(split_words(value))


def build_keys(value: str, connection_id: UUID) -> list[int]:
    """Return the keys to store with a value."""
    words = split_words(value)[:_MAX_INDEXED_WORDS]
    forms = {
        form
        for word in words
        if word not in STOP_WORDS or len(words) == 1
        for form in _deletion_variants(word)
    }
    forms |= {f"{first} {second}" for first, second in pairwise(words)}
    forms |= {f".{letters}" for letters in make_acronyms(words)}
    salt = zlib.crc32(connection_id.bytes)
    return sorted({_hash_form(form, salt) for form in forms})


def build_probes(question: str, connection_id: UUID) -> ValueProbes:
    """Return the keys to look up for a question."""
    words, salt = split_words(question), zlib.crc32(connection_id.bytes)
    sizes = range(1, _MAX_PHRASE_WORDS + 1)
    phrases = {" ".join(words[start : start + size]) for size in sizes for start in range(len(words))}
    probes = [list(_deletion_variants(word)) for word in dict.fromkeys(words) if word not in STOP_WORDS]
    probes += [[f"{first} {second}"] for first, second in pairwise(words)]
    probes += [[f".{letters}"] for letters in sorted(find_acronyms(question))]
    phrases |= {synonym for phrase in phrases for synonym in VALUE_SYNONYMS.get(phrase, ())}
    phrases |= _find_abbreviations(question)
    return ValueProbes(
        tuple(sorted(phrases)),
        tuple(tuple(_hash_form(form, salt) for form in forms) for forms in probes),
    )


def _find_abbreviations(question: str) -> set[str]:
    """Return the acronyms of every capitalized name in a question."""
    spans = [match.span() for match in WORD.finditer(question)]
    sizes = range(MIN_LETTERS, MAX_LETTERS + 2)
    ends = [
        (spans[position][0], spans[position + size - 1][1])
        for size in sizes
        for position in range(len(spans) - size + 1)
    ]
    return {letters for start, end in ends for letters in abbreviate_name(question[start:end])}


def _deletion_variants(word: str) -> Iterator[str]:
    """Yield a word, its lemma, and every form of either with one letter deleted (SymSpell)."""
    for form in {word, lemma(word)}:
        yield form
        if _MIN_DELETION_LENGTH <= len(form) <= _MAX_DELETION_LENGTH:
            yield from {form[:position] + form[position + 1 :] for position in range(len(form))}


def _hash_form(form: str, salt: int) -> int:
    """Return a signed 32-bit hash, salted with the connection so that no two connections share keys."""
    return zlib.crc32(form.encode(errors="replace"), salt) - 2**31
