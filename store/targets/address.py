"""Where a target is and how it is entered: the few parts of an address that may be given, nothing else."""

from dataclasses import asdict, dataclass, field
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from store.catalog import Dialect
from store.errors import BadConnection

# libpq's words, for every engine: the first three do not look at the certificate.
TlsMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
Way = Literal["own", "sqlalchemy"]


@dataclass(frozen=True, slots=True)
class Tls:
    """Whether what is said on the way is sealed, and who must show what: PEM texts, not files."""

    mode: TlsMode = "prefer"
    ca: str | None = field(default=None, repr=False)
    cert: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raise `BadConnection` where parts are missing that belong together."""
        if (self.cert is None) != (self.key is None):
            raise BadConnection("A client's certificate and its key must be given together.")


@dataclass(frozen=True, slots=True)
class Address:
    """A server (host, port, user, database) or a file (path); the password is in nobody's `repr`.

    `role` is what PostgreSQL reads as, in the place of the user. `checked`: whoever gave it is not the
    operator, so the host must be one that may be reached. `url` is only for engines spoken to by SQLAlchemy.
    """

    dialect: Dialect
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    path: str = ""
    role: str = ""
    tls: Tls = Tls()
    checked: bool = False
    url: str = field(default="", repr=False)


_ADDRESS = TypeAdapter(Address)


def write_address(address: Address) -> str:
    """Write an address down, credentials and all, to be sealed."""
    return _ADDRESS.dump_json(address, exclude_defaults=True).decode()


def parse_address(text: str) -> Address:
    """Read what `write_address` wrote. Raises `BadConnection`."""
    try:
        return _ADDRESS.validate_json(text)
    except ValidationError as error:
        # The error would quote the address.
        raise BadConnection("The address of the database cannot be read.") from error.with_traceback(None)


def is_written(text: str) -> bool:
    """Say whether this is an address as we write it, and no URL."""
    return text.startswith("{")


def plain(address: Address) -> dict[str, object]:
    """The parts that may be shown: no password, no key."""
    shown = asdict(address)
    for secret in ("password", "url", "tls"):
        del shown[secret]
    return {name: value for name, value in shown.items() if value} | {"tls": address.tls.mode}
