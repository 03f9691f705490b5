"""Where a PostgreSQL is: the few parts of an address that may be given, and nothing of the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from store.errors import BadConnection

_SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
# A target that is down must be known to be down quickly.
CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """Host, port, user and so on; the password is in nobody's `repr`."""

    host: str
    port: int
    user: str
    database: str
    password: str = field(default="", repr=False)
    ssl_mode: str = "prefer"

    def parameters(self) -> dict[str, Any]:
        """What the driver is given. It leaves no room for libpq to look into files and variables."""
        return {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": self.database,
            "sslmode": self.ssl_mode,
            "passfile": "/nonexistent",
            "options": "",
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "querent",
            "client_encoding": "utf8",
            "gssencmode": "disable",
        }


def read_address(url: str) -> PostgresAddress:
    """Take a `postgresql://` URL apart. Raises `BadConnection`, also for options not known to be harmless."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        port = parts.port or int(options.get("port", "5432"))
    except ValueError as error:
        raise BadConnection("The address of the database cannot be read.") from error
    surplus = sorted(options.keys() - {"sslmode", "host", "port"})
    if surplus:
        raise BadConnection(
            f"The address of the database has options that are not allowed: {', '.join(surplus)}."
        )
    if options.get("sslmode", "prefer") not in _SSL_MODES:
        raise BadConnection("The address of the database has an unknown sslmode.")
    database = unquote(parts.path.lstrip("/"))
    if not database or not parts.username:
        raise BadConnection("The address of the database must name a user and a database.")
    return PostgresAddress(
        host=_read_host(parts, options),
        port=port,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        database=database,
        ssl_mode=options.get("sslmode", "prefer"),
    )


def _read_host(parts: SplitResult, options: Mapping[str, str]) -> str:
    """The one host of the URL. A socket's folder may stand in the query, where a URL has no host."""
    folder = options.get("host")
    if folder is not None and (parts.hostname or not folder.startswith("/")):
        raise BadConnection("The address of the database names its host twice.")
    host = folder or unquote(parts.hostname or "")
    if not host or "," in host:
        raise BadConnection("The address of the database must name one host.")
    return host
