"""Settings of the service, read once at start-up; those of the server are in `transport/settings.py`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings from the environment (prefix `QUERENT_`) or a `.env` file."""

    model_config = SettingsConfigDict(
        env_prefix="QUERENT_", env_file=".env", extra="ignore", use_attribute_docstrings=True, frozen=True
    )

    data: Path = Path(".querent")
    """Data folder: holds the embedded PostgreSQL and the key that encrypts stored credentials."""
    store_url: SecretStr | None = None
    """URL of your own PostgreSQL with pgvector, used instead of the embedded one."""
    secret_key: SecretStr | None = None
    """Key that encrypts stored credentials; append previous keys to rotate. Generated if unset."""
    private_hosts: str = ""
    """Private hosts or CIDR ranges that connections added over the API may reach."""
    model: str | None = None
    """Name of the language model. If unset, the built-in analyst answers."""
    model_url: str | None = None
    """Base URL of an OpenAI-compatible endpoint."""
    model_key: SecretStr | None = None
    """API key for the model endpoint."""
    model_small: str | None = None
    """Smaller language model, at the same endpoint, for understanding questions."""
    model_fallbacks: str = ""
    """Language models to try, in order, when the main one is unavailable; separated by spaces."""
    model_output_method: Literal["auto", "json_schema", "tool", "json_object", "prose"] = "auto"
    """Structured-output method; `auto` uses the strictest one that the provider supports."""
    model_prices: Path | None = None
    """JSON file with prices per million tokens: `{"name": {"input": 0.5, "output": 2}}`."""
    max_model_tokens: Annotated[int, Field(ge=1)] | None = None
    """Maximum model tokens per question; beyond that, the built-in analyst continues."""
    max_model_cost: Annotated[float, Field(gt=0)] | None = None
    """Maximum model cost per question, by the given prices; beyond that, the built-in analyst continues."""
    query_cache_size: Annotated[int, Field(ge=0)] = 0
    """Number of answered questions whose SQL is cached for exact repeats. 0 disables the cache."""
    rows_to_model: Literal["always", "never"] = "always"
    """Whether result rows, and answers written from them, may be sent to a language model."""
    model_timeout_s: Annotated[float, Field(gt=0)] = 60.0
    """Timeout of one model call, in seconds."""
    max_rows: Annotated[int, Field(ge=1)] = 1_000
    """Maximum number of rows fetched from a result."""
    query_timeout_s: Annotated[float, Field(gt=0)] = 15.0
    """Timeout of a query in a target, in seconds."""
    approve: Literal["never", "always"] = "never"
    """Whether a person must approve each query before it runs."""
    role: str = "default"
    """Policy role of users without a JWT."""
    claims: dict[str, str | int | float | bool | tuple[str | int | float | bool, ...]] = {}
    """Policy claims of users without a JWT, as JSON: `{"region": "EU"}`."""
    clarify: Literal["ask", "never"] = "ask"
    """Whether an ambiguous question waits for the user's choice, or ends the turn."""
    drafts: Annotated[int, Field(ge=1, le=8)] = 3
    """Number of queries that a language model drafts for a hard question; the most frequent result wins."""
    lease_s: Annotated[float, Field(gt=0)] = 10.0
    """Seconds without a heartbeat after which a process is considered dead and its runs are taken over."""
    interrupt_timeout_s: Annotated[float, Field(ge=0)] = 86_400.0
    """Seconds to wait for a clarification or approval before the default is applied. 0: indefinitely."""
    max_runs_per_user: Annotated[int, Field(ge=0)] = 256
    """Maximum active and queued runs per user; further requests get 429. 0 means unlimited."""
    max_runs: Annotated[int, Field(ge=0)] = 512
    """Maximum concurrent runs per process; further requests get 503. 0 means unlimited."""
    keep_events_days: Annotated[float, Field(ge=0)] = 7.0
    """Days after which the events of a run are reduced to its question and answer. 0 keeps them."""
    embedder: Literal["wordllama", "minilm", "endpoint"] = "wordllama"
    """Embeddings: `wordllama` (static), `minilm` (extra `local-embeddings`) or `endpoint`."""
    embedder_url: str | None = None
    """Base URL of an OpenAI-compatible embedding endpoint, such as `http://127.0.0.1:8080/v1`."""
    embedder_model: str | None = None
    """Name of the embedding model at that endpoint."""
    embedder_key: SecretStr | None = None
    """API key for the embedding endpoint."""
    sync_every_h: Annotated[float, Field(ge=0)] = 24.0
    """Hours between automatic schema syncs. 0 syncs only on request."""
