"""Address of a target database in separate parts, as received from users: no URL, no files, no options."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from store.catalog import Dialect
from store.errors import InvalidConnection
from store.targets.address import PORTS, TargetAddress, file_address
from store.targets.tls import Tls, TlsMode, read_pem

# A host name or an IP address. A slash would mean a Unix socket, a comma a list of hosts.
_HOST = r"^[A-Za-z0-9_.:\-]{1,253}$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f]+$")]
Pem = Annotated[str, StringConstraints(max_length=100_000, pattern="-----BEGIN ")]
_PEM_PARTS = ("ca", "cert", "key")


class TlsInput(BaseModel):
    """TLS settings; certificates and keys as PEM text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: TlsMode = "verify-full"
    ca: Pem | None = None
    cert: Pem | None = None
    key: SecretStr | None = None


class AddressInput(BaseModel):
    """Address of a database server, for engines that are reached over the network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: Literal["postgres", "mysql"]
    host: Annotated[str, StringConstraints(pattern=_HOST)]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    user: Name
    password: SecretStr = SecretStr("")
    database: Name
    role: str = ""
    tls: TlsInput = TlsInput()

    def to_address(self, *, restricted: bool) -> TargetAddress:
        """Convert to an address, `restricted` to hosts on the allowlist. Raises `InvalidConnection`."""
        dialect: Dialect = self.engine
        key = self.tls.key.get_secret_value() if self.tls.key else None
        if self.role and dialect != "postgres":
            raise InvalidConnection("Only a connection to PostgreSQL can have a role.")
        return TargetAddress(
            dialect,
            host=self.host,
            port=self.port or PORTS[dialect],
            user=self.user,
            password=self.password.get_secret_value(),
            database=self.database,
            role=self.role,
            tls=Tls(self.tls.mode, self.tls.ca, self.tls.cert, key),
            restricted=restricted,
        )


def parse_address_parts(parts: Mapping[str, str]) -> TargetAddress:
    """Parse the operator's parts: as `AddressInput`, but `file`, `ca`, `cert` and `key` are local paths.

    Raises `InvalidConnection`, which does not quote the input.
    """
    if parts.get("engine") in ("sqlite", "duckdb"):
        return _file(parts)
    tls: dict[str, str | None] = {name: read_pem(parts[name]) for name in _PEM_PARTS if name in parts}
    tls["mode"] = parts.get("tls", "verify-full" if tls else "prefer")
    server = {name: value for name, value in parts.items() if name not in (*_PEM_PARTS, "tls")}
    try:
        return AddressInput.model_validate({**server, "tls": tls}).to_address(restricted=False)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(step) for step in problem["loc"])
        raise InvalidConnection(f"The connection's {field} is invalid: {problem['msg']}.") from None


def _file(parts: Mapping[str, str]) -> TargetAddress:
    if set(parts) != {"engine", "file"}:
        raise InvalidConnection("A connection to a file has the parts engine and file.")
    dialect: Dialect = "sqlite" if parts["engine"] == "sqlite" else "duckdb"
    return file_address(dialect, parts["file"])
