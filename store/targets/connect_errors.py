"""Reasons why a connection to a target cannot be opened, as sentences for users; shared by all engines.

The message of a driver is never shown: it names users and hosts.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from store.errors import QueryFailed, TargetUnavailable

# Time limit of opening a connection, from name resolution to authentication.
CONNECT_SECONDS = 5.0


class ConnectFailure(StrEnum):
    """Reason why a connection cannot be opened, or was lost."""

    REJECTED_CREDENTIALS = "The database rejected the user name or password."
    UNKNOWN_DATABASE = "There is no database of this name on the server."
    UNTRUSTED_CERTIFICATE = "The certificate of the database server is not trusted."
    LOST = "The database does not respond."
    NO_RESPONSE = "The server does not respond in time. Check host, port and engine."
    CLOSED = "The server closed the connection. Check host, port and engine."
    WRONG_PROTOCOL = "The server does not use the protocol of the engine. Check host, port and engine."
    NOT_PERMITTED = "The database server does not permit this connection."
    TLS_REQUIRED = "The database server requires TLS. Change the TLS mode of the connection."
    TLS_UNSUPPORTED = "The database server does not support TLS. Change the TLS mode of the connection."
    TLS_FAILED = "The TLS handshake with the database server failed."


# Raised by drivers that parse bytes of another protocol; their own exceptions come in addition.
PARSE_ERRORS = (
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)


@contextmanager
def catalog_errors() -> Iterator[None]:
    """Translate failed queries of a catalog reader to `TargetUnavailable`."""
    try:
        yield
    except QueryFailed as error:
        if error.kind == "timeout":
            raise TargetUnavailable("Reading the catalog of the database timed out.") from error
        raise TargetUnavailable("The catalog of the database cannot be read.") from error
