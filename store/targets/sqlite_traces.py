"""What tells whether a SQLite file has been written to."""

from pathlib import Path

# Where the header counts changes, as SQLite's page "Database File Format" says (section 1.3).
_COUNTER = slice(24, 28)
_HEADER_BYTES = 100


def trace_file(path: Path) -> str | None:
    """Give a text that changes when the file, or its log of changes, does; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            counter = file.read(_HEADER_BYTES)[_COUNTER].hex()
        return f"{counter} {_state(path)} {_state(path.with_name(f'{path.name}-wal'))}"
    except OSError:
        return None


def _state(path: Path) -> str:
    try:
        found = path.stat()
    except FileNotFoundError:
        return "none"
    return f"{found.st_size} {found.st_mtime_ns}"
