"""Schemas made up for measuring: tables whose names repeat their words as those of real ones do.

A schema has fifty topics, a few of them large. Each has eighty words of its own, and all share thirty
more, as `id` and `name` are shared; within both, the second is half as frequent as the first, the third a
third (Zipf). A table is named by one to three words of its topic; a column by a shared word, by a word of the
topic, or by one of each. Where a name is taken, a word is added. Questions are made of the same words, and
every fourth holds one that may be nowhere in the schema.
"""

import random
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pydoc_data.topics import topics
from typing import TypeVar

from store.maps.records import SchemaElement

# Some thousand English words that every Python has with it.
WORDS = sorted(set(re.findall(r"\b[a-z]{4,12}\b", " ".join(topics.values()))))
TOPICS = 50
OF_A_TOPIC = 80
SHARED = 30
COLUMNS_OF_A_TABLE = 9

Drawn = TypeVar("Drawn")


class MadeUpSchema:
    """One schema; the same seed makes the same one."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        dice = random.Random(seed)
        self._shared = dice.sample(WORDS, SHARED)
        self._topics = [dice.sample(WORDS, OF_A_TOPIC) for _ in range(TOPICS)]

    def passages(self, count: int) -> Iterator[tuple[SchemaElement, str]]:
        """Give this many passages, each table's own before those of its columns."""
        dice = random.Random(self._seed + 1)
        taken: set[str] = set()
        left = count
        while left > 0:
            topic = _drawn(dice, self._topics)
            table = self._name(dice, topic, taken)
            columns = dict.fromkeys(self._column(dice, topic) for _ in range(COLUMNS_OF_A_TABLE))
            yield SchemaElement(_written(table)), f"{table}: {', '.join(columns)}"
            for column in list(columns)[: left - 1]:
                yield SchemaElement(_written(table), _written(column)), f"{table} {column}"
            left -= 1 + len(columns)

    def questions(self, count: int) -> Iterator[str]:
        """Give the words of questions."""
        dice = random.Random(self._seed + 2)
        for number in range(count):
            topic = _drawn(dice, self._topics)
            words = [_drawn(dice, topic) for _ in range(dice.choice((1, 2, 2, 3)))]
            words += [_drawn(dice, self._shared) for _ in range(dice.choice((0, 1)))]
            words += [dice.choice(WORDS)] if number % 4 == 0 else []
            yield " ".join(words)

    def _name(self, dice: random.Random, topic: Sequence[str], taken: set[str]) -> str:
        words = dict.fromkeys(_drawn(dice, topic) for _ in range(dice.choice((1, 2, 2, 3))))
        while (name := " ".join(words)) in taken:
            words[_drawn(dice, topic)] = None
        taken.add(name)
        return name

    def _column(self, dice: random.Random, topic: Sequence[str]) -> str:
        form = dice.choice(("shared", "own", "both"))
        words = [_drawn(dice, topic)] if form != "shared" else []
        words += [_drawn(dice, self._shared)] if form != "own" else []
        return " ".join(words)


def _drawn(dice: random.Random, ranked: Sequence[Drawn]) -> Drawn:
    """Draw one; the second of them half as often as the first, and so on."""
    weights = list(accumulate(1 / rank for rank in range(1, len(ranked) + 1)))
    return dice.choices(ranked, cum_weights=weights)[0]


def _written(words: str) -> str:
    return words.replace(" ", "_")
