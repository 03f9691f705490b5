"""Error classes of the schema index.

* MapError – `str()` is one sentence, safe to show * NotMapped – the connection has no schema map yet *
SyncInProgress – the map of this connection is being synchronized * EmbedderUnavailable – the embedding model
is not installed, or does not answer * NotesUnreadable – a notes file cannot be used; names file and line
"""


class MapError(Exception):
    """Base class of schema index errors; `str()` is one sentence, safe to show."""


class NotMapped(MapError):
    """The connection has no schema map yet."""

    def __init__(self, connection: str) -> None:
        super().__init__(f"There is no schema map of {connection!r} yet. Sync it first.")
        self.connection = connection


class SyncInProgress(MapError):
    """Another process is synchronizing the map of this connection."""

    def __init__(self, connection: str) -> None:
        super().__init__(f"A schema sync of {connection!r} is already running.")
        self.connection = connection


class EmbedderUnavailable(MapError):
    """The embedding model is unavailable; `str()` is one sentence without addresses and keys."""


class NotesUnreadable(MapError):
    """A notes file cannot be used. `line` counts from 1."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason
