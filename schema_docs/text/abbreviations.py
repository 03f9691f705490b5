"""What people shorten when they name tables and columns."""

from functools import lru_cache

# `dt` to `custm`: longer ones are words.
SHORTEST, LONGEST = 2, 5
_VOWELS = frozenset("aeiou")


@lru_cache(maxsize=100_000)
def shortens(short: str, word: str) -> bool:
    """Tell whether one word may be another shortened: its beginning, its consonants, or one and the other.

    `cust`, `cstmr` and `custm` may all be `customer`. Words that only happen to have such letters pass as
    well: it is a hint and no proof.
    """
    if not SHORTEST <= len(short) <= min(len(word) - 2, LONGEST) or short[0] != word[0]:
        return False
    if len(short) > 2 and word.startswith(short):
        return True
    same = next(at for at in range(len(short) + 1) if at == len(short) or short[at] != word[at])
    rest = short[same:]
    letters = iter(word[same:])
    return not _VOWELS & set(rest) and all(letter in letters for letter in rest)
