"""Abbreviations in table and column names."""

from functools import lru_cache

# From `dt` to `custm`: longer ones are words.
MIN_LENGTH, MAX_LENGTH = 2, 5
_VOWELS = frozenset("aeiou")


@lru_cache(maxsize=100_000)
def is_abbreviation(short: str, word: str) -> bool:
    """Return whether one word may abbreviate another: its beginning, its consonants, or a mix.

    `cust`, `cstmr` and `custm` may all be `customer`. Unrelated words with such letters match too: this is a
    hint, not a proof.
    """
    if not MIN_LENGTH <= len(short) <= min(len(word) - 2, MAX_LENGTH) or short[0] != word[0]:
        return False
    if len(short) > 2 and word.startswith(short):
        return True
    prefix_length = next(
        index for index in range(len(short) + 1) if index == len(short) or short[index] != word[index]
    )
    remainder = short[prefix_length:]
    letters = iter(word[prefix_length:])
    return not _VOWELS & set(remainder) and all(letter in letters for letter in remainder)
