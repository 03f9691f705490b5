"""Measure searches among many passages in the store: `python -m tests.bench.passages [--passages 200000]`.

Made-up tables with the default embedder's vectors, first in 200 connections, then in one. Tells how
long a search takes and how much of what an exact search finds is found, in an embedded PostgreSQL of its own.
"""

import argparse
import asyncio
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from pydoc_data.topics import topics
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from schema_docs.embedder import WordLlamaEmbedder
from schema_docs.ranking import COLUMNS_NEAR, TABLES_NEAR
from store.connections import Connection, Connections
from store.database import open_database
from store.embedded import open_embedded
from store.map_records import Near, NewPassage, Place, Revision
from store.migrating import migrate
from store.passages import MapStore
from store.sealing import Sealer

# Some thousand English words that every Python has with it.
WORDS = sorted(set(re.findall(r"\b[a-z]{4,12}\b", " ".join(topics.values()))))
COLUMNS_OF_A_TABLE = 9
QUESTIONS = 300
_BATCH = 10_000


def make_up(count: int, seed: int) -> Iterator[tuple[Place, str]]:
    """Give passages of tables with nine columns each, named by two or three words."""
    dice = random.Random(seed)
    for number in range(-(-count // (COLUMNS_OF_A_TABLE + 1))):
        table = f"{'_'.join(dice.sample(WORDS, 2))}_{number}"
        columns = [" ".join(dice.sample(WORDS, dice.choice((1, 2, 2, 3)))) for _ in range(COLUMNS_OF_A_TABLE)]
        yield Place(table), f"{table.replace('_', ' ')}: {', '.join(columns)}"
        for column in columns:
            yield Place(table, column.replace(" ", "_")), f"{table.replace('_', ' ')} {column}"


async def fill(store: MapStore, connection: Connection, count: int, seed: int) -> None:
    """Keep made-up passages in a connection."""
    embedder = WordLlamaEmbedder()
    passages = list(dict(make_up(count, seed)).items())[:count]
    for start in range(0, len(passages), _BATCH):
        batch = passages[start : start + _BATCH]
        vectors = embedder.embed([text for _, text in batch])
        new = [
            NewPassage(place, "", text, vector.tolist())
            for (place, text), vector in zip(batch, vectors, strict=True)
        ]
        await store.revise(connection.id, Revision("{}", "", passages=new, embedder=embedder.name))


async def measure(
    store: MapStore, connections: Sequence[Connection], many: bool
) -> tuple[list[float], float]:
    """Ask questions of connections in turn; give the times in milliseconds, and the share found."""
    embedder, dice = WordLlamaEmbedder(), random.Random(7)
    times, shares = [], []
    for number in range(QUESTIONS):
        connection = connections[number % len(connections)]
        vector = embedder.embed([" ".join(dice.sample(WORDS, 3))])[0].tolist()
        search = store.nearest_of_many if many else store.nearest
        began = perf_counter()
        found = await search(connection.id, vector, TABLES_NEAR, COLUMNS_NEAR)
        times.append((perf_counter() - began) * 1_000)
        if many and number % 10 == 0:
            exact = await store.nearest(connection.id, vector, TABLES_NEAR, COLUMNS_NEAR)
            shares.append(share_of(found, exact))
    return times, sum(shares) / len(shares) if shares else 1.0


def share_of(found: Sequence[Near], exact: Sequence[Near]) -> float:
    """Say how much of the exact answer is there; what is exactly as near as the last one counts as well."""
    hits = 0
    for of_column in (False, True):
        right = [near.similarity for near in exact if (near.place.column is not None) == of_column]
        there = [near.similarity for near in found if (near.place.column is not None) == of_column]
        hits += sum(similarity >= min(right, default=0.0) - 1e-4 for similarity in there)
    return hits / max(len(exact), 1)


async def main() -> None:
    """Make a store, fill it, search it, tell the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=200_000)
    parser.add_argument("--connections", type=int, default=200)
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="querent-bench-") as folder:
        async with open_embedded(Path(folder, "data")) as embedded:
            await embedded.create_database("bench")
            async with open_database(embedded.url("bench")) as database:
                await migrate(database)
                store, book = MapStore(database.engine), Connections(database.engine, Sealer(bytes(32)))
                many = [
                    await book.add(f"c{number}", f"sqlite:///c{number}.sqlite", "")
                    for number in range(wanted.connections)
                ]
                each = wanted.passages // wanted.connections
                for number, connection in enumerate(many):
                    await fill(store, connection, each, number)
                show(f"{each:,} passages in each of {len(many)}", *await measure(store, many, many=False))
                await asyncio.gather(*(book.remove(connection.name) for connection in many))
                one = await book.add("large", "sqlite:///large.sqlite", "")
                await fill(store, one, wanted.passages, 0)
                began = perf_counter()
                await store.tend(one.id)
                print(f"index made in {perf_counter() - began:.0f} s")
                await measure(store, [one], many=True)
                show(f"{wanted.passages:,} passages in one", *await measure(store, [one], many=True))


def show(what: str, times: Sequence[float], share: float) -> None:
    """Put one regime on the terminal."""
    cuts = quantiles(times, n=100)
    print(f"{what}: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, {share:.3f} of the exact answer")


if __name__ == "__main__":
    asyncio.run(main())
