"""Everything that can be set from outside, read once at the start."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from the environment (prefix `QUERENT_`) or from a file `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="QUERENT_", env_file=".env", extra="ignore", use_attribute_docstrings=True, frozen=True
    )

    host: str = "127.0.0.1"
    """The address to listen on. Anything but loopback demands a token."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """The port to listen on."""
    token: SecretStr | None = None
    """Whoever asks must show this token. Without one, only this machine may ask."""
    pass_key: SecretStr | None = None
    """The key (32 bytes or more) that passes are signed with: JWTs (HS256) that name an asker and end."""
    origins: str = ""
    """Pages of other hosts that may use this service, with spaces between them: `https://desk.example`."""
    data: Path = Path(".querent")
    """The data folder: the embedded PostgreSQL and the key that seals credentials live here."""
    store_url: SecretStr | None = None
    """A PostgreSQL with pgvector of your own, instead of the embedded one."""
    secret_key: SecretStr | None = None
    """The key that seals credentials, with older ones behind it. Without one, a key file is made."""
    private_hosts: str = ""
    """Private hosts, networks too, that connections made by others than the operator may lead to."""
    model: str | None = None
    """The name of a language model. Without one, the built-in analyst answers."""
    model_url: str | None = None
    """The base URL of an OpenAI-compatible endpoint."""
    model_key: SecretStr | None = None
    """The key for that endpoint."""
    model_small: str | None = None
    """A smaller language model at the same endpoint, for understanding questions; the other one drafts."""
    model_fallbacks: str = ""
    """Language models to ask, in this order, when the first does not answer; with spaces between them."""
    model_way: Literal["auto", "json_schema", "tool", "json_object", "prose"] = "auto"
    """How a language model is asked to fill in forms; `auto` takes the strictest way its provider knows."""
    model_prices: Path | None = None
    """A JSON file with what models cost for a million tokens: `{"name": {"input": 0.5, "output": 2}}`."""
    max_model_tokens: Annotated[int, Field(ge=1)] | None = None
    """How many tokens of language models one question may take; then the built-in analyst goes on."""
    max_model_cost: Annotated[float, Field(gt=0)] | None = None
    """How much money one question may cost, by the prices named; then the built-in analyst goes on."""
    recall: Annotated[int, Field(ge=0)] = 0
    """Of how many answered questions the query is kept, for when the same is asked again; 0 is of none."""
    rows_to_model: Literal["always", "never"] = "always"
    """Whether rows of results, and replies made from them, may go to a language model."""
    model_timeout_s: Annotated[float, Field(gt=0)] = 60.0
    """How long one call of the model may take, in seconds."""
    max_rows: Annotated[int, Field(ge=1)] = 1_000
    """How many rows of a result are fetched at most."""
    query_timeout_s: Annotated[float, Field(gt=0)] = 15.0
    """How long a query may run in a target, in seconds."""
    approve: Literal["never", "always"] = "never"
    """Whether a person must approve each query before it runs."""
    role: str = "default"
    """The role, in policies, of whoever asks without a pass."""
    claims: dict[str, str | int | float | bool | tuple[str | int | float | bool, ...]] = {}
    """What policies may know of whoever asks without a pass, as JSON: `{"region": "EU"}`."""
    clarify: Literal["ask", "never"] = "ask"
    """Whether an unclear question waits for a choice, or the turn ends with saying what is unclear."""
    drafts: Annotated[int, Field(ge=1, le=8)] = 3
    """How many queries a language model writes for a hard question; the result most of them bring counts."""
    lease_s: Annotated[float, Field(gt=0)] = 10.0
    """After how many seconds without a sign of life a process counts as dead and loses its runs."""
    answer_within_s: Annotated[float, Field(ge=0)] = 86_400.0
    """How many seconds what was asked back waits for an answer before its default counts; 0 is for ever."""
    runs_per_asker: Annotated[int, Field(ge=0)] = 256
    """How many questions of one asker may be worked on or wait at a time; 0 is without a bound."""
    runs_here: Annotated[int, Field(ge=0)] = 512
    """How many questions one process works on at a time; beyond that it answers 503. 0 is without a bound."""
    sockets_here: Annotated[int, Field(ge=1)] | None = None
    """How many viewers one process lets in, beyond which it answers 503. As many as the system allows."""
    sockets_per_asker: Annotated[int, Field(ge=0)] | None = None
    """How many viewers one asker may have in one process; 0 is without a bound. 64 for each named asker."""
    keep_events_days: Annotated[float, Field(ge=0)] = 7.0
    """After how many days the events of a run are folded into what was asked and answered; 0 is never."""
    embedder: Literal["wordllama", "minilm", "endpoint"] = "wordllama"
    """What makes the vectors of maps: static word vectors, a small network in this process (the extra
    `local-embeddings`), or an OpenAI-compatible endpoint. After a change, maps are made anew meanwhile."""
    embedder_url: str | None = None
    """The base URL of the endpoint for vectors, such as `http://127.0.0.1:8080/v1`."""
    embedder_model: str | None = None
    """The name of the model at that endpoint."""
    embedder_key: SecretStr | None = None
    """The key for that endpoint."""
    sync_every_h: Annotated[float, Field(ge=0)] = 24.0
    """After how many hours a map is compared with its database again, unasked; 0: only when asked to."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """How much the log says; words of unforeseen exceptions only at `DEBUG`."""
