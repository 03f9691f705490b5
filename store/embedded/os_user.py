"""Operating system user of the embedded PostgreSQL: the current one, or a system user instead of root."""

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
class OsUser:
    """Operating system user other than the current one."""

    uid: int
    gid: int


def choose_os_user(cluster: Path) -> OsUser | None:
    """Choose the user to run the server as; None means the current user. Raises `StoreUnavailable`.

    PostgreSQL refuses to run as root. For root, the owner of an existing cluster is kept, so that both users
    can continue to use it.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise StoreUnavailable(f"The database in {cluster} belongs to another user of this machine.")
        return None
    if owner:
        return OsUser(owner, cluster.stat().st_gid)
    return _find_system_user() or _create_system_user()


def _find_system_user() -> OsUser | None:
    with suppress(KeyError):
        entry = pwd.getpwnam(SYSTEM_USER)
        return OsUser(entry.pw_uid, entry.pw_gid)
    return None


def _create_system_user() -> OsUser:
    command = ["useradd", "--system", "--user-group", "--no-create-home", SYSTEM_USER]
    with suppress(FileNotFoundError):
        # Fails if another process was faster, so only the result counts: the user exists afterwards.
        subprocess.run([*command, "--shell", "/usr/sbin/nologin"], capture_output=True, check=False)
    if user := _find_system_user():
        return user
    raise StoreUnavailable(
        f"PostgreSQL does not run as root, and the system user {SYSTEM_USER!r} cannot be created."
        " Please run as another user."
    )


def grant_access(user: OsUser, cluster: Path, programs: Path) -> None:
    """Let the user reach programs and cluster: parent folders become searchable, but not readable."""
    for path in (*cluster.parents, *programs.parents):
        _add_permissions(user, path, stat.S_IXOTH)
    if not (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        # Installed with a umask that excludes other users.
        for path in programs.parent.rglob("*"):
            is_executable = path.stat().st_mode & stat.S_IXUSR
            _add_permissions(user, path, stat.S_IROTH | (stat.S_IXOTH if is_executable else 0))


def _add_permissions(user: OsUser, path: Path, bits: int) -> None:
    status = path.stat()
    if status.st_uid != user.uid and status.st_mode & bits != bits:
        logger.info(
            "file permissions extended for the user of the embedded database",
            extra={"path": str(path), "bits": oct(bits)},
        )
        path.chmod(stat.S_IMODE(status.st_mode) | bits)
