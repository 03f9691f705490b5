"""Acronyms: `NYC` for New York City, `UK` for United Kingdom."""

import re
from collections.abc import Iterator, Sequence

from schema_docs.text.tokenizer import STOP_WORDS

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
