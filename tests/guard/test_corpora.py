"""Attack and benign query corpora, one query a line, plus those in the folder `QUERENT_BENCH` if set."""

import json
import os
from math import ceil
from pathlib import Path
from random import Random
from typing import get_args

import pytest

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.catalog import Dialect
from tests.fixtures.guard.mutation import mutate
from tests.fixtures.guard.schema import shop

CATALOGS = {dialect: shop(dialect) for dialect in get_args(Dialect)}
OURS = Path(__file__).parent
THEIRS = Path(os.environ.get("QUERENT_BENCH", ""), "guard")
FOLDERS = [
    OURS,
    pytest.param(
        THEIRS,
        marks=pytest.mark.skipif(
            not (THEIRS / "attacks.jsonl").is_file(),
            reason="QUERENT_BENCH does not name a folder with attacks in it.",
        ),
    ),
]
# How many attacks in other clothes are tried; `QUERENT_MUTATIONS=100000` takes some minutes.
MUTANTS = int(os.environ.get("QUERENT_MUTATIONS", "2000"))


def lines(path: Path) -> list[tuple[Dialect, str]]:
    read = map(json.loads, path.read_text("utf-8").splitlines())
    return [(line["dialect"], line["sql"]) for line in read]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_attack_is_approved(folder: Path) -> None:
    attacks = lines(folder / "attacks.jsonl")
    approved = [sql for dialect, sql in attacks if not isinstance(judge(sql, CATALOGS[dialect]), Rejected)]
    assert len(attacks) > 300
    assert approved == []


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("folder", FOLDERS)
def test_no_attack_is_approved_in_other_clothes(folder: Path) -> None:
    approved = []
    attacks = lines(folder / "attacks.jsonl")
    rounds = ceil(MUTANTS / len(attacks))
    for dialect, sql in attacks:
        # Seeded by the attack, so that a failure comes back.
        random = Random(sql)
        for _ in range(rounds):
            disguised = mutate(sql, dialect, random)
            if not isinstance(judge(disguised, CATALOGS[dialect]), Rejected):
                approved.append(disguised)
    assert approved == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_honest_queries_are_approved_and_come_out_the_same_a_second_time(folder: Path) -> None:
    wrong = []
    for dialect, sql in lines(folder / "benign.jsonl"):
        verdict = judge(sql, CATALOGS[dialect])
        if isinstance(verdict, Rejected) or judge(verdict.sql, CATALOGS[dialect]) != verdict:
            wrong.append((sql, verdict))
    assert wrong == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_honest_queries_read_only_tables_of_the_catalog(folder: Path) -> None:
    for dialect, sql in lines(folder / "benign.jsonl"):
        verdict = judge(sql, CATALOGS[dialect])
        assert isinstance(verdict, Approved)
        assert {CATALOGS[dialect].table(name) for name in verdict.tables} <= set(CATALOGS[dialect])
