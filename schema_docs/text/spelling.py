"""Spelling correction by trigrams and Damerau-Levenshtein distance."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process, utils
from rapidfuzz.distance import DamerauLevenshtein

from schema_docs.text.lemmatizer import lemma
from schema_docs.text.tokenizer import STOP_WORDS


class SpellingCorrector:
    """Finds the vocabulary word nearest to a misspelled one, by shared trigrams, then edit distance.

    Words whose lemma is among `names` count as correct too. `max_edits` limits the edits in words of eight
    letters or more; shorter words may have one.
    """

    def __init__(self, words: Iterable[str], names: Collection[str] = (), *, max_edits: int = 2) -> None:
        self._words = sorted(words)
        self._known = {lemma(word) for word in self._words}
        self._names = names
        self._max_edits = max_edits
        places: defaultdict[str, list[int]] = defaultdict(list)
        for number, word in enumerate(self._words):
            for trigram in _trigrams(word):
                places[trigram].append(number)
        self._places: dict[str, NDArray[np.int32]] = {
            trigram: np.array(numbers, dtype=np.int32) for trigram, numbers in places.items()
        }

    def nearest(self, word: str) -> str | None:
        """Return the nearest word within one edit, or two in a long word; None for a known or short word."""
        if len(word) < 5 or word in STOP_WORDS or word.isdigit():
            return None
        if (word_lemma := lemma(word)) in self._known or word_lemma in self._names:
            return None
        trigrams = _trigrams(word)
        lists = [self._places[trigram] for trigram in trigrams if trigram in self._places]
        if not lists:
            return None
        shared = np.bincount(np.concatenate(lists), minlength=len(self._words))
        max_edits = self._max_edits if len(word) >= 8 else 1
        # One edit changes at most four trigrams (a transposition).
        candidates = np.flatnonzero(shared >= max(2, len(trigrams) - 4 * max_edits))
        return self._closest(word, candidates, max_edits)

    def _closest(self, word: str, candidates: NDArray[np.intp], max_edits: int) -> str | None:
        best: str | None = None
        for number in candidates[:200]:
            candidate = self._words[number]
            distance = DamerauLevenshtein.distance(word, candidate, score_cutoff=max_edits)
            # The first letter is usually typed correctly. `Schooler` is not a misspelling of `school`.
            is_suffixed = (
                abs(len(word) - len(candidate)) > 1 and word[: len(candidate)] == candidate[: len(word)]
            )
            if distance <= max_edits and candidate[0] == word[0] and not is_suffixed:
                best, max_edits = candidate, distance - 1
        return best


def _trigrams(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def most_similar(word: str, candidates: Iterable[str], limit: int, min_similarity: float) -> list[str]:
    """Return the most similar names, best first; similarities are 0 to 100 (`WRatio` of RapidFuzz)."""
    matches = process.extract(
        word,
        sorted(candidates),
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        limit=limit,
        score_cutoff=min_similarity,
    )
    return [match[0] for match in matches]


_VOCABULARY_FILE = "tokenizers/l2_supercat_tokenizer_config.json"
# Prefix of tokens that begin a word.
_WORD_START = "▁"


@cache
def common_lemmas() -> frozenset[str]:
    """Return the lemmas of twelve thousand words, those with a token of their own in wordllama; read once."""
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package wordllama is not installed.")
    config = json.loads((Path(spec.origin).parent / _VOCABULARY_FILE).read_text(encoding="utf-8"))
    tokens = (
        token.removeprefix(_WORD_START) for token in config["model"]["vocab"] if token.startswith(_WORD_START)
    )
    return frozenset(lemma(word.lower()) for word in tokens if word.isalpha())
