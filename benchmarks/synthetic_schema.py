"""Synthetic schemas for benchmarks: table names that repeat their words as real ones do.

A schema has fifty topics, a few of them large. Each has eighty words of its own, and all share thirty more,
such as `id` and `name`; word frequencies follow Zipf's law. A table is named by one to three words of its
topic; a column by a shared word, by a word of the topic, or by one of each. A duplicate name gets another
word. Questions use the same words, and every fourth holds one that may not occur in the schema.
"""

import random
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pydoc_data.topics import topics
from typing import TypeVar

from store.maps.records import SchemaElement

# Several thousand English words from the standard library.
WORDS = sorted(set(re.findall(r"\b[a-z]{4,12}\b", " ".join(topics.values()))))
TOPICS = 50
TOPIC_WORDS = 80
SHARED_WORDS = 30
COLUMNS_PER_TABLE = 9

T = TypeVar("T")


class SyntheticSchema:
    """A synthetic schema, deterministic by seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        generator = random.Random(seed)
        self._shared = generator.sample(WORDS, SHARED_WORDS)
        self._topics = [generator.sample(WORDS, TOPIC_WORDS) for _ in range(TOPICS)]

    def passages(self, count: int) -> Iterator[tuple[SchemaElement, str]]:
        """Generate passages, each table before its columns."""
        generator = random.Random(self._seed + 1)
        used_names: set[str] = set()
        remaining = count
        while remaining > 0:
            topic = _draw(generator, self._topics)
            table = self._name(generator, topic, used_names)
            columns = dict.fromkeys(self._column(generator, topic) for _ in range(COLUMNS_PER_TABLE))
            yield SchemaElement(_identifier(table)), f"{table}: {', '.join(columns)}"
            for column in list(columns)[: remaining - 1]:
                yield SchemaElement(_identifier(table), _identifier(column)), f"{table} {column}"
            remaining -= 1 + len(columns)

    def questions(self, count: int) -> Iterator[str]:
        """Generate questions."""
        generator = random.Random(self._seed + 2)
        for number in range(count):
            topic = _draw(generator, self._topics)
            words = [_draw(generator, topic) for _ in range(generator.choice((1, 2, 2, 3)))]
            words += [_draw(generator, self._shared) for _ in range(generator.choice((0, 1)))]
            words += [generator.choice(WORDS)] if number % 4 == 0 else []
            yield " ".join(words)

    def _name(self, generator: random.Random, topic: Sequence[str], used_names: set[str]) -> str:
        words = dict.fromkeys(_draw(generator, topic) for _ in range(generator.choice((1, 2, 2, 3))))
        while (name := " ".join(words)) in used_names:
            words[_draw(generator, topic)] = None
        used_names.add(name)
        return name

    def _column(self, generator: random.Random, topic: Sequence[str]) -> str:
        form = generator.choice(("shared", "own", "both"))
        words = [_draw(generator, topic)] if form != "shared" else []
        words += [_draw(generator, self._shared)] if form != "own" else []
        return " ".join(words)


def _draw(generator: random.Random, ranked: Sequence[T]) -> T:
    """Draw an item by Zipf's law: the second half as often as the first, and so on."""
    weights = list(accumulate(1 / rank for rank in range(1, len(ranked) + 1)))
    return generator.choices(ranked, cum_weights=weights)[0]


def _identifier(words: str) -> str:
    return words.replace(" ", "_")
