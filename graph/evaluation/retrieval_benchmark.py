"""Whether the tables a question needs are among the first ones found, in one large pool of tables."""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from graph.evaluation.datasets import EvaluationUnusable
from schema_docs.embedding.embedder import Embedder
from schema_docs.schema_map import SchemaMap
from schema_docs.search.table_selection import rank
from schema_docs.sync.in_memory import UnkeptMap, open_unkept
from store.catalog import Catalog, Column, ForeignKey, Table
from store.progress import Progress


class _Key(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    column: str
    references: str
    key: str


class _Table(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    db: str
    table: str
    columns: tuple[str, ...]
    foreign_keys: tuple[_Key, ...] = ()


class Needed(BaseModel):
    """A question, and the tables that its right answer reads."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    db: str
    question: str
    gold_tables: tuple[str, ...]

    @property
    def tables(self) -> frozenset[str]:
        """Full names, in lower case."""
        return frozenset(f"{self.db}.{table}".lower() for table in self.gold_tables)


_TABLES: TypeAdapter[tuple[_Table, ...]] = TypeAdapter(tuple[_Table, ...])
_NEEDED: TypeAdapter[tuple[Needed, ...]] = TypeAdapter(tuple[Needed, ...])


def read_catalog(path: Path) -> Catalog:
    """Make one catalog of all databases in a file, each a schema of its own. Raises `EvaluationUnusable`."""
    expected = '[{"db", "table", "columns", "foreign_keys": [{"column", "references", "key"}]}]'
    tables = _read(path, _TABLES, expected)
    names = {(each.db, each.table.lower()): each.table for each in tables}
    return Catalog(
        "sqlite",
        tuple(
            Table(
                each.db,
                each.table,
                tuple(Column(name, "", "other") for name in each.columns),
                foreign_keys=tuple(
                    ForeignKey((key.column,), f"{each.db}.{other}", (key.key,))
                    for key in each.foreign_keys
                    if (other := names.get((each.db, key.references.lower())))
                ),
            )
            for each in tables
        ),
    )


def read_needed(path: Path) -> Sequence[Needed]:
    """Read which tables questions need. Raises `EvaluationUnusable`."""
    needed: Sequence[Needed] = _read(path, _NEEDED, '[{"db", "question", "gold_tables"}]')
    return needed


@dataclass(frozen=True, slots=True)
class _Found:
    """Where the needed tables of one question stand in what was found, from 0; None: nowhere."""

    places: tuple[int | None, ...]
    ms: float

    def share(self, first: int) -> float:
        if not self.places:
            return 1.0
        return sum(place is not None and place < first for place in self.places) / len(self.places)


def measure_pool(
    catalog: Catalog, embedder: Embedder, needed: Sequence[Needed], cuts: Sequence[int], progress: Progress
) -> dict[str, Any]:
    """Give the share of questions with all gold tables among the first k, the mean recall, and the time.

    The time is that of a whole search, from the question to the pages, in milliseconds.
    """
    drawn = open_unkept(SchemaMap("pool", 1, catalog), embedder)
    found = list(_search(drawn, needed, progress))
    times = sorted(one.ms for one in found)
    return {
        "all_gold": {str(k): _mean([one.share(k) == 1.0 for one in found]) for k in cuts},
        "mean_recall": {str(k): _mean([one.share(k) for one in found]) for k in cuts},
        "ms": {
            "p50": round(statistics.median(times), 2),
            "p99": round(times[min(int(len(times) * 0.99), len(times) - 1)], 2),
        },
        "questions": len(found),
        "tables": len(catalog.tables),
        "embedder": embedder.name,
    }


def _search(drawn: UnkeptMap, needed: Sequence[Needed], progress: Progress) -> Iterator[_Found]:
    names = [table.full_name.lower() for table in drawn.atlas.schema.catalog]
    for done, one in enumerate(needed):
        progress("Searching", done, len(needed))
        began = time.perf_counter()
        drawn.show(one.question)
        ms = (time.perf_counter() - began) * 1_000
        ranked = rank(one.question, drawn.atlas, drawn.near(one.question))
        places = {names[number]: place for place, number in enumerate(ranked)}
        yield _Found(tuple(places.get(table) for table in one.tables), ms)
    progress("Searching", len(needed), len(needed))


def _read(path: Path, form: TypeAdapter[Any], expected: str) -> Any:
    try:
        read = form.validate_json(path.read_bytes())
    except OSError as error:
        raise EvaluationUnusable(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        place = "".join(f"[{step!r}]" for step in error.errors(include_url=False)[0]["loc"])
        raise EvaluationUnusable(f"{path}: {place or 'it'} does not fit; it must be {expected}.") from error
    if not read:
        raise EvaluationUnusable(f"There is nothing in {path}.")
    return read


def _mean(values: Sequence[float]) -> float:
    return round(statistics.mean(values), 4)
