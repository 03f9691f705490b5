"""What can go wrong on the map.

* MapError – `str()` is one sentence, safe to show
    * NotMapped – this connection has no map yet
    * SyncInProgress – somebody is drawing this connection's map at this moment
    * EmbedderUnavailable – what makes the vectors is not installed, or does not answer
    * NotesUnreadable – a file of notes cannot be used; says where
"""


class MapError(Exception):
    """Any fault of this room; `str()` is one sentence, safe to show."""


class NotMapped(MapError):
    """The connection has no map yet."""

    def __init__(self, connection: str) -> None:
        super().__init__(f"There is no map of {connection!r} yet. Sync it first.")
        self.connection = connection


class SyncInProgress(MapError):
    """The map of this connection is being drawn by somebody else."""

    def __init__(self, connection: str) -> None:
        super().__init__(f"The map of {connection!r} is being drawn already.")
        self.connection = connection


class EmbedderUnavailable(MapError):
    """Vectors cannot be made; `str()` is one sentence, without addresses and keys."""


class NotesUnreadable(MapError):
    """A file of notes cannot be used. `line` counts from 1."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason
