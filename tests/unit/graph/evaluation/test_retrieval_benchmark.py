import json
from pathlib import Path
from typing import Any

import pytest

from graph.evaluation.datasets import InvalidEvaluationInput
from graph.evaluation.retrieval_benchmark import read_catalog, read_table_questions, run_table_retrieval
from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.sync.sync import ignore_progress
from store.catalog import ForeignKey

CATALOG = [
    {"db": "zoo", "table": "Animals", "columns": ["id", "species", "keeper_id"], "foreign_keys": [
        {"column": "keeper_id", "references": "KEEPERS", "key": "id"},
        {"column": "cage", "references": "nowhere", "key": "id"},
    ]},
    {"db": "zoo", "table": "keepers", "columns": ["id", "name"], "foreign_keys": []},
    {"db": "bank", "table": "accounts", "columns": ["id", "balance"], "foreign_keys": []},
]  # fmt: skip


def written(folder: Path, value: Any) -> Path:
    path = folder / "it.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_each_database_is_a_schema_of_its_own(tmp_path: Path) -> None:
    catalog = read_catalog(written(tmp_path, CATALOG))
    assert [table.full_name for table in catalog] == ["zoo.Animals", "zoo.keepers", "bank.accounts"]
    assert catalog.tables[0].foreign_keys == (ForeignKey(("keeper_id",), "zoo.keepers", ("id",)),)


def test_what_was_found_is_counted(tmp_path: Path) -> None:
    catalog = read_catalog(written(tmp_path, CATALOG))
    needed = read_table_questions(
        written(
            tmp_path,
            [
                {
                    "db": "bank",
                    "question": "What is the balance of the accounts?",
                    "gold_tables": ["Accounts"],
                },
                {"db": "zoo", "question": "Names of keepers", "gold_tables": ["keepers", "lost"]},
            ],
        )
    )
    figures = run_table_retrieval(catalog, WordLlamaEmbedder(), needed, (1, 3), ignore_progress)
    assert figures["all_gold"] == {"1": 0.5, "3": 0.5}
    assert figures["mean_recall"] == {"1": 0.75, "3": 0.75}
    assert figures["ms"]["p50"] <= figures["ms"]["p99"]
    assert (figures["questions"], figures["tables"]) == (2, 3)


@pytest.mark.parametrize("value", [{"db": "zoo"}, [{"db": "zoo"}], []])
def test_a_file_that_does_not_fit_is_named(tmp_path: Path, value: Any) -> None:
    with pytest.raises(InvalidEvaluationInput, match=r"it\.json"):
        read_catalog(written(tmp_path, value))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidEvaluationInput, match="cannot be read"):
        read_table_questions(tmp_path / "none.json")
