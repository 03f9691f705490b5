import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from store.sample.load import content_hash, write_sqlite
from tests.unit.store.sample.conftest import Shop


def hush(task: str, done: int, total: int) -> None:
    """Wait in silence."""


@dataclass
class Written:
    """A file that lay there before, and the progress reported while the shop replaced it."""

    path: Path
    progress: list[tuple[int, int]] = field(default_factory=list)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    shop = Written(tmp_path_factory.mktemp("shop") / "shop.sqlite")
    shop.path.write_bytes(b"old")
    write_sqlite(shop.path, lambda task, done, total: shop.progress.append((done, total)), overwrite=True)
    return shop


@pytest.fixture
def reading(written: Written) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(written.path)) as connection:
        yield connection


def test_the_file_has_every_row(shop: Shop, reading: sqlite3.Connection) -> None:
    tables = [name for (name,) in reading.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    counts = {
        name: reading.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in tables
        if not name.startswith("sqlite_")
    }
    assert counts == {name: len(rows) for name, rows in shop.items()}


def test_every_foreign_key_finds_its_row(reading: sqlite3.Connection) -> None:
    assert reading.execute("PRAGMA foreign_key_check").fetchall() == []


def test_foreign_keys_are_declared(reading: sqlite3.Connection) -> None:
    keys = reading.execute("PRAGMA foreign_key_list(order_lines)").fetchall()
    assert {(key[2], key[3], key[4]) for key in keys} == {
        ("orders", "order_id", "id"),
        ("products", "product_id", "id"),
    }


def test_dates_compare_as_text(reading: sqlite3.Connection) -> None:
    last, kind = reading.execute("SELECT max(ordered_at), typeof(max(ordered_at)) FROM orders").fetchone()
    assert kind == "text"
    assert last.startswith("2026-11-20 ")


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.sqlite"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        write_sqlite(path, hush)
    assert path.read_bytes() == b"mine"


def test_a_file_is_written_over_when_told(written: Written) -> None:
    assert written.path.read_bytes().startswith(b"SQLite format 3")
    assert list(written.path.parent.iterdir()) == [written.path]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        write_sqlite(tmp_path / "no" / "shop.sqlite", hush)


def test_nothing_is_left_behind_when_the_waiting_fails(tmp_path: Path) -> None:
    def interrupt(task: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sqlite(tmp_path / "shop.sqlite", interrupt)
    assert list(tmp_path.iterdir()) == []


def test_progress_begins_at_nothing_and_ends_whole(written: Written) -> None:
    assert written.progress[0][0] == 0
    assert written.progress[-1][0] == written.progress[-1][1] > 0
    assert written.progress == sorted(written.progress)


def test_the_version_stays_while_the_shop_does() -> None:
    assert content_hash() == content_hash()
    assert len(content_hash()) == 16
