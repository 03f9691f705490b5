"""Settings of the server, read once at start-up from the environment and `.env`."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServerSettings(BaseSettings):
    """Server settings from the environment (prefix `QUERENT_`) or a `.env` file."""

    model_config = SettingsConfigDict(
        env_prefix="QUERENT_", env_file=".env", extra="ignore", use_attribute_docstrings=True, frozen=True
    )

    host: str = "127.0.0.1"
    """Address to listen on. Any address but loopback requires a token."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port to listen on."""
    token: SecretStr | None = None
    """Bearer token that clients must send. If unset, only requests from localhost are accepted."""
    jwt_secret: SecretStr | None = None
    """Secret (32 bytes or more) that signs the JWTs (HS256) issued by `querent token`."""
    origins: str = ""
    """Origins of other web pages that may call this service, separated by spaces: `https://desk.example`."""
    max_connections: Annotated[int, Field(ge=1)] | None = None
    """Maximum event-stream connections per process. Unset: as many as the open-file limit allows."""
    max_connections_per_user: Annotated[int, Field(ge=0)] | None = None
    """Maximum event-stream connections per user and process; 0: unlimited. Unset: 64 per JWT user."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Log level. Texts of unexpected exceptions are logged only at `DEBUG`."""

    @property
    def bearer_token(self) -> str | None:
        """The configured bearer token; an empty one counts as none."""
        return (self.token.get_secret_value() or None) if self.token else None

    @property
    def jwt_key(self) -> str | None:
        """The configured JWT secret; an empty one counts as none."""
        return (self.jwt_secret.get_secret_value() or None) if self.jwt_secret else None
