"""An address in parts, as people other than the operator may give it: no URL, no files, no options."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from store.catalog import Dialect
from store.errors import BadConnection
from store.targets.address import Address, Tls, TlsMode
from store.targets.address_url import PORTS, read_file, read_pem

# A name or an address of a machine; a slash would be a socket, a comma a list.
_HOST = r"^[A-Za-z0-9_.:\-]{1,253}$"
Word = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f]+$")]
Pem = Annotated[str, StringConstraints(max_length=100_000, pattern="-----BEGIN ")]
_FILES = ("ca", "cert", "key")


class GivenTls(BaseModel):
    """How the way is sealed; certificates and keys as PEM texts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: TlsMode = "verify-full"
    ca: Pem | None = None
    cert: Pem | None = None
    key: SecretStr | None = None


class GivenAddress(BaseModel):
    """A server's address in parts. The engines are those that answer over the network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: Literal["postgres", "mysql"]
    host: Annotated[str, StringConstraints(pattern=_HOST)]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    user: Word
    password: SecretStr = SecretStr("")
    database: Word
    role: str = ""
    tls: GivenTls = GivenTls()

    def address(self, *, checked: bool) -> Address:
        """Make an address; a `checked` one leads only where the operator allows. Raises `BadConnection`."""
        dialect: Dialect = self.engine
        key = self.tls.key.get_secret_value() if self.tls.key else None
        if self.role and dialect != "postgres":
            raise BadConnection("Only a connection to PostgreSQL can have a role.")
        return Address(
            dialect,
            host=self.host,
            port=self.port or PORTS[dialect],
            user=self.user,
            password=self.password.get_secret_value(),
            database=self.database,
            role=self.role,
            tls=Tls(self.tls.mode, self.tls.ca, self.tls.cert, key),
            checked=checked,
        )


def read_parts(parts: Mapping[str, str]) -> Address:
    """Read the operator's parts: as above, but `file` is one on this machine, and `ca`, `cert`, `key` too.

    Raises `BadConnection`, which does not repeat what was given.
    """
    if parts.get("engine") in ("sqlite", "duckdb"):
        return _file(parts)
    tls: dict[str, str | None] = {name: read_pem(parts[name]) for name in _FILES if name in parts}
    tls["mode"] = parts.get("tls", "verify-full" if tls else "prefer")
    server = {name: value for name, value in parts.items() if name not in (*_FILES, "tls")}
    try:
        return GivenAddress.model_validate({**server, "tls": tls}).address(checked=False)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in wrong["loc"])
        raise BadConnection(f"The connection's {where} cannot be used: {wrong['msg']}.") from None


def _file(parts: Mapping[str, str]) -> Address:
    if set(parts) != {"engine", "file"}:
        raise BadConnection("A connection to a file has the parts engine and file.")
    dialect: Dialect = "sqlite" if parts["engine"] == "sqlite" else "duckdb"
    return read_file(dialect, parts["file"])
