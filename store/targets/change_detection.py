"""Change detection for databases in files (SQLite, DuckDB)."""

from hashlib import sha256
from pathlib import Path

# Position of each engine's change counter. SQLite: "Database File Format", section 1.3. DuckDB: the three
# header blocks at the beginning, one of which every checkpoint rewrites.
SQLITE_CHANGE_COUNTER = slice(24, 28)
DUCKDB_HEADERS = slice(0, 3 * 4096)


def file_change_token(path: Path, counter: slice, log_suffix: str) -> str | None:
    """Return a text that changes when the file or its write-ahead log changes; None if it is unreadable."""
    try:
        with path.open("rb") as file:
            digest = sha256(file.read(counter.stop)[counter]).hexdigest()
        return f"{digest} {_size_and_time(path)} {_size_and_time(path.with_name(path.name + log_suffix))}"
    except OSError:
        return None


def _size_and_time(path: Path) -> str:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return "none"
    return f"{stat.st_size} {stat.st_mtime_ns}"
