"""Addresses of target databases: parsed from a URL, and serialized for encrypted storage.

Only the operator may use URLs, since a URL can name files on this machine.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast, get_args
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import TypeAdapter, ValidationError

from store.catalog import Dialect
from store.errors import InvalidConnection
from store.targets.tls import Tls, TlsMode, read_pem

_SERVERS: dict[str, Dialect] = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
}
_FILES: dict[str, Dialect] = {"sqlite": "sqlite", "duckdb": "duckdb"}
PORTS: dict[Dialect, int] = {"postgres": 5432, "mysql": 3306}
_OPTIONS = frozenset({"host", "port", "role", "sslmode", "sslrootcert", "sslcert", "sslkey"})
# Prefix for any engine that SQLAlchemy has a driver for: `sqlalchemy+trino://…`.
SQLALCHEMY_PREFIX = "sqlalchemy+"
SUPPORTED_URLS = "postgresql://, mysql://, sqlite:/// or duckdb:///"
_DEFAULT_TLS = Tls()


@dataclass(frozen=True, slots=True)
class TargetAddress:
    """Address and credentials of a server (host, port, user, database) or a database file (path).

    `role` is the PostgreSQL role to read as instead of the user. `restricted` addresses were not given by
    the operator: their host must be on the allowlist. `url` is used by engines accessed through SQLAlchemy.
    """

    dialect: Dialect
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    path: str = ""
    role: str = ""
    tls: Tls = _DEFAULT_TLS
    restricted: bool = False
    url: str = field(default="", repr=False)


_ADDRESS = TypeAdapter(TargetAddress)


def serialize_address(address: TargetAddress) -> str:
    """Serialize an address as JSON, including its credentials: the caller must encrypt it."""
    return _ADDRESS.dump_json(address, exclude_defaults=True).decode()


def deserialize_address(text: str) -> TargetAddress:
    """Parse the output of `serialize_address`. Raises `InvalidConnection`."""
    try:
        return _ADDRESS.validate_json(text)
    except ValidationError as error:
        # The validation error quotes the address, credentials included.
        raise InvalidConnection("The stored database address is invalid.") from error.with_traceback(None)


def is_serialized(text: str) -> bool:
    """Tell whether the text is a serialized address rather than a URL."""
    return text.startswith("{")


def public_parts(address: TargetAddress) -> dict[str, object]:
    """Return the parts of an address that may be displayed: no password, URL, certificate or key."""
    parts = asdict(address)
    for secret in ("password", "url", "tls"):
        del parts[secret]
    return {name: value for name, value in parts.items() if value} | {"tls": address.tls.mode}


def parse_address(text: str) -> TargetAddress:
    """Parse a URL or a serialized address. Raises `InvalidConnection`, also for unknown options."""
    if is_serialized(text):
        return deserialize_address(text)
    scheme = text.partition("://")[0].lower()
    if scheme.startswith(SQLALCHEMY_PREFIX):
        return _sqlalchemy_address(text[len(SQLALCHEMY_PREFIX) :])
    # SQLAlchemy URLs may name a driver after the dialect (`mysql+pymysql`); it is ignored.
    engine = scheme.partition("+")[0]
    if engine in _FILES:
        return file_address(_FILES[engine], _parse_path(text))
    if engine in _SERVERS and "://" in text:
        return _parse_server(text, _SERVERS[engine])
    raise InvalidConnection(f"The address of a database must begin with {SUPPORTED_URLS}.")


def file_address(dialect: Dialect, path: str) -> TargetAddress:
    """Return the address of a database file."""
    # Absolute, since the service may be restarted in another working directory.
    return TargetAddress(dialect, path=str(Path(path).absolute()))


def _sqlalchemy_address(url: str) -> TargetAddress:
    engine = url.partition("://")[0].partition("+")[0].lower()
    # For engines whose SQL the guard does not know, queries are written and validated as PostgreSQL.
    return TargetAddress({**_SERVERS, **_FILES}.get(engine, "postgres"), url=url)


def _parse_path(url: str) -> str:
    """Parse `sqlite:///relative.db` and `sqlite:////absolute.db`, the notation of SQLAlchemy."""
    parts = urlsplit(url.replace("?", "%3F").replace("#", "%23"))
    if parts.netloc or len(parts.path) < 2:
        raise InvalidConnection("A database file is addressed as sqlite:/// or duckdb:/// with a path.")
    return unquote(parts.path[1:])


def _parse_server(url: str, dialect: Dialect) -> TargetAddress:
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        port = parts.port or int(options.get("port", PORTS[dialect]))
    except ValueError as error:
        raise InvalidConnection("The address of the database is not a valid URL.") from error
    if unknown := sorted(options.keys() - _OPTIONS):
        raise InvalidConnection(
            f"The address of the database has options that are not allowed: {', '.join(unknown)}."
        )
    if "role" in options and dialect != "postgres":
        raise InvalidConnection("Only a connection to PostgreSQL can have a role.")
    database = unquote(parts.path.lstrip("/"))
    if not database or not parts.username:
        raise InvalidConnection("The address of the database must name a user and a database.")
    return TargetAddress(
        dialect,
        host=_parse_host(parts, options),
        port=port,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        database=database,
        role=options.get("role", ""),
        tls=_parse_tls(options),
    )


def _parse_host(parts: SplitResult, options: Mapping[str, str]) -> str:
    """Return the only host of the URL; the query may name the folder of a Unix socket instead."""
    socket_folder = options.get("host")
    if socket_folder is not None and (parts.hostname or not socket_folder.startswith("/")):
        raise InvalidConnection("The address of the database names two hosts.")
    host = socket_folder or unquote(parts.hostname or "")
    if not host or "," in host:
        raise InvalidConnection("The address of the database must name one host.")
    return host


def _parse_tls(options: Mapping[str, str]) -> Tls:
    mode = options.get("sslmode", "verify-full" if "sslrootcert" in options else "prefer")
    if mode not in get_args(TlsMode):
        raise InvalidConnection("The address of the database has an unknown sslmode.")
    ca, cert, key = (read_pem(options.get(name)) for name in ("sslrootcert", "sslcert", "sslkey"))
    return Tls(cast(TlsMode, mode), ca, cert, key)
