"""Operating system user of the embedded PostgreSQL."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from store.embedded.os_user import OsUser, choose_os_user, grant_access
from store.errors import StoreUnavailable

STRANGER = OsUser(uid=54321, gid=54321)


@pytest.fixture
def home() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def make_programs(home: Path, mode: int) -> Path:
    programs = home / "pg" / "bin"
    programs.mkdir(parents=True)
    for name in ("postgres", "data"):
        (programs / name).touch()
        (programs / name).chmod(mode if name == "postgres" else mode & 0o644)
    return programs


def test_others_may_pass_to_the_cluster_but_not_look(home: Path) -> None:
    (home / "data").mkdir(mode=0o700)
    grant_access(STRANGER, home / "data" / "postgres", make_programs(home, 0o755))
    assert (mode_of(home), mode_of(home / "data")) == (0o701, 0o701)


def test_what_is_beside_the_way_stays_as_it_is(home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "secret.key").touch(mode=0o600)
    grant_access(STRANGER, home / "data" / "postgres", make_programs(home, 0o755))
    assert mode_of(home / "data" / "secret.key") == 0o600


def test_programs_hidden_by_a_umask_are_opened(home: Path) -> None:
    programs = make_programs(home, 0o700)
    grant_access(STRANGER, home / "postgres", programs)
    assert mode_of(programs / "postgres") == 0o705
    assert mode_of(programs / "data") == 0o604


def test_what_the_account_owns_is_not_opened(home: Path) -> None:
    owner = OsUser(home.stat().st_uid, home.stat().st_gid)
    grant_access(owner, home / "postgres", make_programs(home, 0o755))
    assert mode_of(home) == 0o700


@pytest.mark.skipif(os.geteuid() == 0, reason="root runs the server as another user")
def test_the_server_has_our_own_rights(home: Path) -> None:
    assert choose_os_user(home / "postgres") is None


@pytest.mark.skipif(os.geteuid() == 0, reason="to root everything belongs")
def test_a_cluster_of_somebody_else_is_refused() -> None:
    with pytest.raises(StoreUnavailable):
        choose_os_user(Path("/"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_root_keeps_to_the_owner_of_a_cluster(home: Path) -> None:
    os.chown(home, STRANGER.uid, STRANGER.gid)
    assert choose_os_user(home) == STRANGER
