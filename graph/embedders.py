"""What turns questions and passages into vectors, chosen by the operator."""

from graph.settings import Settings
from schema_docs.embedder import Embedder, WordLlamaEmbedder
from schema_docs.errors import EmbedderUnavailable
from schema_docs.local_embedder import MiniLmEmbedder


def open_embedders(settings: Settings) -> tuple[Embedder, ...]:
    """Give the chosen embedder first. The default is always there too, for maps made before the choice.

    Raises `EmbedderUnavailable` where the chosen one is not installed or not described in full.
    """
    default = WordLlamaEmbedder()
    match settings.embedder:
        case "wordllama":
            return (default,)
        case "minilm":
            return (MiniLmEmbedder(default), default)
    if not settings.embedder_url or not settings.embedder_model:
        raise EmbedderUnavailable(
            "The embedder endpoint needs QUERENT_EMBEDDER_URL and QUERENT_EMBEDDER_MODEL."
        )
    # Only who uses an endpoint pays for importing its client.
    from schema_docs.remote_embedder import RemoteEmbedder  # noqa: PLC0415

    key = settings.embedder_key.get_secret_value() if settings.embedder_key else None
    return (RemoteEmbedder(settings.embedder_url, settings.embedder_model, key), default)
