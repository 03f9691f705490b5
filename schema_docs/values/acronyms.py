"""First letters that stand for several words: `NYC` for New York City, `UK` for United Kingdom."""

import re
from collections.abc import Iterator, Sequence

from schema_docs.text.tokenize import STOP_WORDS

SHORTEST, LONGEST = 2, 5
# A lower-case word of so many letters without a vowel is hardly a word; two words have the initials of many
# others.
_SHORTEST_UNSPEAKABLE = 3
_SHORTEST_SPELT_OUT = 3
# What links the words of one name; `and` as often links two.
_LINKS = frozenset({"of", "the", "for", "de"})

_SAID = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}|[^\W\d_]+")


def initials_of(words: Sequence[str]) -> tuple[str, ...]:
    """Give the first letters of a few words, without `of` and the like and with them; none of one word."""
    if len(words) < SHORTEST:
        return ()
    content = [word for word in words if word not in STOP_WORDS]
    found = ("".join(word[0] for word in each) for each in (content, words) if _are_few(each))
    return tuple(dict.fromkeys(found))


def letters_in(said: str) -> str | None:
    """Give the letters where this is how people write initials, in lower case: `USA`, `U.S.A.`, `nyc`."""
    letters = said.replace(".", "")
    if not letters.isalpha() or not SHORTEST <= len(letters) <= LONGEST:
        return None
    plain = letters.lower()
    unspeakable = len(plain) >= _SHORTEST_UNSPEAKABLE and not set("aeiou") & set(plain)
    return plain if letters.isupper() or unspeakable else None


def initials_in(question: str) -> set[str]:
    """Give all that may be initials in a question; of one that is all capitals nothing."""
    said = () if question.isupper() else _SAID.findall(question)
    return {letters for each in said if (letters := letters_in(each))}


def spelt_out(said: str) -> Iterator[str]:
    """Give the initials of what is written like a name of three words or more, each with a capital."""
    if not said[:1].isupper():
        return
    words = said.split()
    named = [word[0].isupper() and word.lower() not in STOP_WORDS for word in words]
    links = {word for word, is_named in zip(words, named, strict=True) if not is_named}
    if named[0] and named[-1] and links <= _LINKS:
        found = initials_of([word.lower() for word in words])
        yield from (letters for letters in found if len(letters) >= _SHORTEST_SPELT_OUT)


def _are_few(words: Sequence[str]) -> bool:
    return SHORTEST <= len(words) <= LONGEST and all(word.isalpha() for word in words)
