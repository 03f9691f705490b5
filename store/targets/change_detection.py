"""What tells whether a database in a file has been written to."""

from hashlib import sha256
from pathlib import Path

# Where each counts its changes: SQLite as its page "Database File Format" says (section 1.3); DuckDB in the
# three blocks at the beginning, its headers, of which every checkpoint writes one anew.
SQLITE_COUNTS = slice(24, 28)
DUCKDB_COUNTS = slice(0, 3 * 4096)


def trace_file(path: Path, counts: slice, log: str) -> str | None:
    """Give a text that changes when the file changes, or its log of changes beside it; `log` ends its name.

    None where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            counted = sha256(file.read(counts.stop)[counts]).hexdigest()
        return f"{counted} {_state(path)} {_state(path.with_name(path.name + log))}"
    except OSError:
        return None


def _state(path: Path) -> str:
    try:
        found = path.stat()
    except FileNotFoundError:
        return "none"
    return f"{found.st_size} {found.st_mtime_ns}"
