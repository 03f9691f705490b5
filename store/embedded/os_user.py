"""Whose rights the embedded PostgreSQL runs with: ours, or, since it refuses root, a system user's."""

import logging
import os
import pwd
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

SYSTEM_USER = "pgserver"


@dataclass(frozen=True, slots=True)
class Account:
    """A system user other than the one we are."""

    uid: int
    gid: int


def choose_account(cluster: Path) -> Account | None:
    """Name the user to run the server as; None means ourselves.

    Root keeps to the owner of a cluster that is there already, so that both may go on using it.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise StoreUnavailable(f"The database in {cluster} belongs to another user of this machine.")
        return None
    if owner:
        return Account(owner, cluster.stat().st_gid)
    return _find_system_user() or _make_system_user()


def _find_system_user() -> Account | None:
    with suppress(KeyError):
        entry = pwd.getpwnam(SYSTEM_USER)
        return Account(entry.pw_uid, entry.pw_gid)
    return None


def _make_system_user() -> Account:
    command = ["useradd", "--system", "--user-group", "--no-create-home", SYSTEM_USER]
    with suppress(FileNotFoundError):
        # Another process may be faster: what counts is whether the user is there afterwards.
        subprocess.run([*command, "--shell", "/usr/sbin/nologin"], capture_output=True, check=False)
    if made := _find_system_user():
        return made
    raise StoreUnavailable(
        f"PostgreSQL does not run as root, and the system user {SYSTEM_USER!r} cannot be made:"
        " start as another user."
    )


def open_way(account: Account, cluster: Path, programs: Path) -> None:
    """Let the account reach programs and cluster: others may pass through the folders, but not look."""
    for path in (*cluster.parents, *programs.parents):
        _permit(account, path, stat.S_IXOTH)
    if not (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        # Installed under a umask that hides it from everybody else.
        for path in programs.parent.rglob("*"):
            runnable = path.stat().st_mode & stat.S_IXUSR
            _permit(account, path, stat.S_IROTH | (stat.S_IXOTH if runnable else 0))


def _permit(account: Account, path: Path, bits: int) -> None:
    status = path.stat()
    if status.st_uid != account.uid and status.st_mode & bits != bits:
        logger.info("opened to the embedded database's user", extra={"path": str(path), "bits": oct(bits)})
        path.chmod(stat.S_IMODE(status.st_mode) | bits)
