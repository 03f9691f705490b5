"""Table retrieval benchmark: recall of the gold tables among the first k results in one large catalog."""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from graph.evaluation.datasets import InvalidEvaluationInput
from schema_docs.embedding.embedder import Embedder
from schema_docs.schema_map import SchemaMap
from schema_docs.search.table_selection import rank_tables
from schema_docs.sync.in_memory import InMemoryMap, load_in_memory_map
from store.catalog import Catalog, Column, ForeignKey, Table
from store.progress import Progress


class _ForeignKeyRecord(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    column: str
    references: str
    key: str


class _TableRecord(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    db: str
    table: str
    columns: tuple[str, ...]
    foreign_keys: tuple[_ForeignKeyRecord, ...] = ()


class TableQuestion(BaseModel):
    """Question with its gold tables."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    db: str
    question: str
    gold_tables: tuple[str, ...]

    @property
    def tables(self) -> frozenset[str]:
        """Full names of the gold tables, in lower case."""
        return frozenset(f"{self.db}.{table}".lower() for table in self.gold_tables)


_TABLES: TypeAdapter[tuple[_TableRecord, ...]] = TypeAdapter(tuple[_TableRecord, ...])
_QUESTIONS: TypeAdapter[tuple[TableQuestion, ...]] = TypeAdapter(tuple[TableQuestion, ...])


def read_catalog(path: Path) -> Catalog:
    """Read one catalog of all databases in a file, each as a schema. Raises `InvalidEvaluationInput`."""
    expected = '[{"db", "table", "columns", "foreign_keys": [{"column", "references", "key"}]}]'
    tables = _read(path, _TABLES, expected)
    names = {(table.db, table.table.lower()): table.table for table in tables}
    return Catalog(
        "sqlite",
        tuple(
            Table(
                table.db,
                table.table,
                tuple(Column(name, "", "other") for name in table.columns),
                foreign_keys=tuple(
                    ForeignKey((key.column,), f"{table.db}.{target}", (key.key,))
                    for key in table.foreign_keys
                    if (target := names.get((table.db, key.references.lower())))
                ),
            )
            for table in tables
        ),
    )


def read_table_questions(path: Path) -> Sequence[TableQuestion]:
    """Read questions with their gold tables. Raises `InvalidEvaluationInput`."""
    questions: Sequence[TableQuestion] = _read(path, _QUESTIONS, '[{"db", "question", "gold_tables"}]')
    return questions


@dataclass(frozen=True, slots=True)
class _SearchResult:
    """Ranks of the gold tables of one question, from 0 (None if not found), and the search time."""

    ranks: tuple[int | None, ...]
    ms: float

    def share(self, first: int) -> float:
        if not self.ranks:
            return 1.0
        return sum(place is not None and place < first for place in self.ranks) / len(self.ranks)


def run_table_retrieval(
    catalog: Catalog,
    embedder: Embedder,
    questions: Sequence[TableQuestion],
    cutoffs: Sequence[int],
    progress: Progress,
) -> dict[str, Any]:
    """Measure the share of questions with all gold tables among the first k, the mean recall, and the time.

    The time, in milliseconds, covers a whole search from the question to the table documents.
    """
    schema_map = load_in_memory_map(SchemaMap("pool", 1, catalog), embedder)
    results = list(_search_all(schema_map, questions, progress))
    times = sorted(result.ms for result in results)
    return {
        "all_gold": {str(k): _mean([result.share(k) == 1.0 for result in results]) for k in cutoffs},
        "mean_recall": {str(k): _mean([result.share(k) for result in results]) for k in cutoffs},
        "ms": {
            "p50": round(statistics.median(times), 2),
            "p99": round(times[min(int(len(times) * 0.99), len(times) - 1)], 2),
        },
        "questions": len(results),
        "tables": len(catalog.tables),
        "embedder": embedder.name,
    }


def _search_all(
    schema_map: InMemoryMap, questions: Sequence[TableQuestion], progress: Progress
) -> Iterator[_SearchResult]:
    names = [table.full_name.lower() for table in schema_map.loaded_map.schema.catalog]
    for done, question in enumerate(questions):
        progress("Searching", done, len(questions))
        started = time.perf_counter()
        schema_map.search(question.question)
        ms = (time.perf_counter() - started) * 1_000
        ranked = rank_tables(
            question.question, schema_map.loaded_map, schema_map.nearest_passages(question.question)
        )
        places = {names[number]: place for place, number in enumerate(ranked)}
        yield _SearchResult(tuple(places.get(table) for table in question.tables), ms)
    progress("Searching", len(questions), len(questions))


def _read(path: Path, adapter: TypeAdapter[Any], expected: str) -> Any:
    try:
        records = adapter.validate_json(path.read_bytes())
    except OSError as error:
        raise InvalidEvaluationInput(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        place = "".join(f"[{step!r}]" for step in error.errors(include_url=False)[0]["loc"])
        raise InvalidEvaluationInput(
            f"{path}: {place or 'it'} does not fit; it must be {expected}."
        ) from error
    if not records:
        raise InvalidEvaluationInput(f"{path} is empty.")
    return records


def _mean(values: Sequence[float]) -> float:
    return round(statistics.mean(values), 4)
