"""Known words near misspelt ones."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import DamerauLevenshtein

from schema_docs.text.tokenize import STOP_WORDS, stem


class Spelling:
    """Finds a known word near a misspelt one: candidates by shared trigrams, then the number of slips.

    Words whose stem is among `names` are spelt right as well, and nothing is found for them.
    """

    def __init__(self, words: Iterable[str], names: Collection[str] = ()) -> None:
        self._words = sorted(words)
        self._known = {stem(word) for word in self._words}
        self._names = names
        places: defaultdict[str, list[int]] = defaultdict(list)
        for number, word in enumerate(self._words):
            for piece in _trigrams(word):
                places[piece].append(number)
        self._places: dict[str, NDArray[np.int32]] = {
            piece: np.array(numbers, dtype=np.int32) for piece, numbers in places.items()
        }

    def nearest(self, word: str) -> str | None:
        """The nearest known word within one slip (two in a long word); None for a known or short one."""
        if len(word) < 5 or word in STOP_WORDS or word.isdigit():
            return None
        if (common := stem(word)) in self._known or common in self._names:
            return None
        pieces = _trigrams(word)
        lists = [self._places[piece] for piece in pieces if piece in self._places]
        if not lists:
            return None
        shared = np.bincount(np.concatenate(lists), minlength=len(self._words))
        slips = 2 if len(word) >= 8 else 1
        # One slip spoils at most four trigrams (two letters swapped).
        near = np.flatnonzero(shared >= max(2, len(pieces) - 4 * slips))
        return self._closest(word, near, slips)

    def _closest(self, word: str, near: NDArray[np.intp], slips: int) -> str | None:
        best: str | None = None
        for number in near[:200]:
            candidate = self._words[number]
            distance = DamerauLevenshtein.distance(word, candidate, score_cutoff=slips)
            # The first letter is the one people get right. `Schooler` is no slip for `school`.
            grown = abs(len(word) - len(candidate)) > 1 and word[: len(candidate)] == candidate[: len(word)]
            if distance <= slips and candidate[0] == word[0] and not grown:
                best, slips = candidate, distance - 1
        return best


def _trigrams(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


_PIECES = "tokenizers/l2_supercat_tokenizer_config.json"
# What a piece begins with that begins a word.
_BEGINS = "▁"


@cache
def common_stems() -> frozenset[str]:
    """Give the stems of twelve thousand words: those that the word vectors have one piece for, read once."""
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package wordllama is not installed.")
    told = json.loads((Path(spec.origin).parent / _PIECES).read_text(encoding="utf-8"))
    pieces = (piece.removeprefix(_BEGINS) for piece in told["model"]["vocab"] if piece.startswith(_BEGINS))
    return frozenset(stem(word.lower()) for word in pieces if word.isalpha())
