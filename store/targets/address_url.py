"""Addresses as URLs, which only the operator may give: a URL can name files of this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast, get_args
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from store.catalog import Dialect
from store.errors import BadConnection
from store.targets.address import Address, Tls, TlsMode, is_written, parse_address

_SERVERS: dict[str, Dialect] = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
}
_FILES: dict[str, Dialect] = {"sqlite": "sqlite", "duckdb": "duckdb"}
PORTS: dict[Dialect, int] = {"postgres": 5432, "mysql": 3306}
_OPTIONS = frozenset({"host", "port", "role", "sslmode", "sslrootcert", "sslcert", "sslkey"})
# Any engine that SQLAlchemy has a driver for: `sqlalchemy+trino://…`.
VIA_SQLALCHEMY = "sqlalchemy+"
ALLOWED = "postgresql://, mysql://, sqlite:/// or duckdb:///"


def read_address(text: str) -> Address:
    """Read an address, a URL or one written down. Raises `BadConnection`, also for unknown options."""
    if is_written(text):
        return parse_address(text)
    scheme = text.partition("://")[0].lower()
    if scheme.startswith(VIA_SQLALCHEMY):
        return _through_sqlalchemy(text[len(VIA_SQLALCHEMY) :])
    # SQLAlchemy writes the driver behind the dialect; which one we use is ours to say.
    engine = scheme.partition("+")[0]
    if engine in _FILES:
        return read_file(_FILES[engine], _read_path(text))
    if engine in _SERVERS and "://" in text:
        return _read_server(text, _SERVERS[engine])
    raise BadConnection(f"The address of a database must begin with {ALLOWED}.")


def _through_sqlalchemy(url: str) -> Address:
    engine = url.partition("://")[0].partition("+")[0].lower()
    # Where there is no guard for an engine's SQL, queries are written and judged in PostgreSQL's.
    return Address({**_SERVERS, **_FILES}.get(engine, "postgres"), url=url)


def _read_path(url: str) -> str:
    """`sqlite:///relative.db` and `sqlite:////absolute.db`, as SQLAlchemy writes them."""
    parts = urlsplit(url.replace("?", "%3F").replace("#", "%23"))
    if parts.netloc or len(parts.path) < 2:
        raise BadConnection("The address of a file is sqlite:/// or duckdb:/// with a path behind it.")
    return unquote(parts.path[1:])


def read_file(dialect: Dialect, path: str) -> Address:
    """Make an address of a file's path."""
    # Whoever starts us next may do so in another folder.
    return Address(dialect, path=str(Path(path).absolute()))


def _read_server(url: str, dialect: Dialect) -> Address:
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        port = parts.port or int(options.get("port", PORTS[dialect]))
    except ValueError as error:
        raise BadConnection("The address of the database cannot be read.") from error
    if surplus := sorted(options.keys() - _OPTIONS):
        raise BadConnection(
            f"The address of the database has options that are not allowed: {', '.join(surplus)}."
        )
    if "role" in options and dialect != "postgres":
        raise BadConnection("Only a connection to PostgreSQL can have a role.")
    database = unquote(parts.path.lstrip("/"))
    if not database or not parts.username:
        raise BadConnection("The address of the database must name a user and a database.")
    return Address(
        dialect,
        host=_read_host(parts, options),
        port=port,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        database=database,
        role=options.get("role", ""),
        tls=_read_tls(options),
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


def _read_tls(options: Mapping[str, str]) -> Tls:
    mode = options.get("sslmode", "verify-full" if "sslrootcert" in options else "prefer")
    if mode not in get_args(TlsMode):
        raise BadConnection("The address of the database has an unknown sslmode.")
    ca, cert, key = (read_pem(options.get(name)) for name in ("sslrootcert", "sslcert", "sslkey"))
    return Tls(cast(TlsMode, mode), ca, cert, key)


def read_pem(path: str | None) -> str | None:
    """Read a certificate or a key, so that it is kept with the connection. Raises `BadConnection`."""
    if path is None:
        return None
    try:
        text = Path(path).read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConnection(f"The file {Path(path).name} cannot be read.") from error
    if "-----BEGIN " not in text:
        raise BadConnection(f"The file {Path(path).name} holds no certificate or key (PEM).")
    return text
