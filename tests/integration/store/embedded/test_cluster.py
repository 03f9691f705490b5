"""PostgreSQL cluster on disk: initialization, start, stop and recovery after crashes."""

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from store.embedded.cluster import PORT, Cluster
from store.errors import StoreUnavailable


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="querent-tests-") as parent:
        yield Path(parent, "cluster")


@pytest.fixture
def cluster(data: Path) -> Iterator[Cluster]:
    cluster = Cluster(data / "postgres")
    yield cluster
    cluster.stop()


def ask(cluster: Cluster, statement: str) -> object:
    address = {"host": str(cluster.socket_folder), "port": PORT, "user": "postgres", "dbname": "postgres"}
    with psycopg.connect(**address) as connection:  # type: ignore[arg-type]  # mypy cannot follow the spread
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def postmaster(cluster: Cluster) -> int:
    return int((cluster.folder / "postmaster.pid").read_text().split()[0])


def test_it_starts_joins_and_stops(cluster: Cluster) -> None:
    cluster.start()
    running = postmaster(cluster)
    again = Cluster(cluster.folder)
    again.start()
    assert postmaster(again) == running
    again.stop()
    assert not (cluster.folder / "postmaster.pid").exists()


def test_it_is_as_we_want_it(cluster: Cluster) -> None:
    cluster.start()
    assert ask(cluster, "SELECT lower('ÄÖ')") == "äö"
    for setting, value in {"fsync": "on", "max_connections": "200", "TimeZone": "UTC"}.items():
        assert ask(cluster, f"SELECT current_setting('{setting}')") == value
    assert ask(cluster, "SELECT current_setting('listen_addresses')") == ""


def test_no_values_get_into_its_log(cluster: Cluster) -> None:
    cluster.start()
    with pytest.raises(psycopg.Error):
        ask(cluster, "SELECT 'hush'::int")
    with pytest.raises(psycopg.Error):
        ask(cluster, "SELECT 1 / 0 /* hush */")
    assert "1 / 0" not in (cluster.folder / "server.log").read_text()


def test_a_server_that_was_killed_is_started_again(cluster: Cluster) -> None:
    cluster.start()
    killed = postmaster(cluster)
    os.kill(killed, signal.SIGKILL)
    cluster.start()
    assert postmaster(cluster) != killed
    assert ask(cluster, "SELECT 1") == 1


def test_a_pid_that_is_somebody_elses_by_now_does_not_keep_it_from_starting(cluster: Cluster) -> None:
    cluster.start()
    locks = [cluster.folder / "postmaster.pid", cluster.folder / f".s.PGSQL.{PORT}.lock"]
    stale = [lock.read_text() for lock in locks]
    owner = cluster.folder.stat().st_uid
    cluster.stop()
    with subprocess.Popen(["sleep", "60"], user=owner if os.geteuid() == 0 else None) as stranger:
        for lock, text in zip(locks, stale, strict=True):
            lock.write_text(text.replace(text.split()[0], str(stranger.pid), 1))
        cluster.start()
        assert ask(cluster, "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.kill()


def test_an_empty_pid_file_does_not_keep_it_from_starting(cluster: Cluster) -> None:
    (cluster.folder / "postmaster.pid").touch()
    cluster.start()
    assert ask(cluster, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["it's, 100 % ünusual", "long" * 40])
def test_any_folder_will_do(folder: Path, name: str) -> None:
    folder.mkdir()
    cluster = Cluster(folder / name)
    cluster.initialize()
    cluster.start()
    assert ask(cluster, "SELECT 1") == 1
    sockets = cluster.socket_folder
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    cluster.stop()
    assert not sockets.exists()


def test_what_a_crash_left_half_made_is_made_anew(folder: Path) -> None:
    unfinished = folder.with_name("cluster.partial")
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18")
    Cluster(folder).initialize()
    assert (folder / "postgresql.conf").exists()
    assert not unfinished.exists()


def test_a_log_that_grew_long_is_begun_again(cluster: Cluster) -> None:
    with (cluster.folder / "server.log").open("wb") as log:
        log.truncate(20_000_000)
    cluster.start()
    assert (cluster.folder / "server.log").stat().st_size < 10_000


def test_a_cluster_of_another_version_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text("16\n")
    with pytest.raises(StoreUnavailable, match="another version of PostgreSQL"):
        Cluster(folder).initialize()


def test_a_server_that_does_not_start_says_where_to_read_on(cluster: Cluster) -> None:
    with (cluster.folder / "postgresql.conf").open("a") as settings:
        settings.write("nonsense = 1\n")
    with pytest.raises(StoreUnavailable, match=r"server\.log"):
        cluster.start()
