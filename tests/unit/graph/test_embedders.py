import pytest

from graph.embedders import open_embedders
from graph.settings import Settings
from schema_docs.errors import EmbedderUnavailable


def settings(**given: str) -> Settings:
    return Settings.model_validate(given)


def test_the_default_is_word_vectors() -> None:
    assert [each.name for each in open_embedders(settings(embedder="wordllama"))] == [
        "wordllama-l2-supercat-256"
    ]


def test_an_endpoint_goes_first_and_the_default_reads_older_maps() -> None:
    chosen = open_embedders(
        settings(embedder="endpoint", embedder_url="http://127.0.0.1:1/v1", embedder_model="small")
    )
    assert [each.name for each in chosen] == ["endpoint small", "wordllama-l2-supercat-256"]


def test_an_endpoint_without_an_address_is_refused() -> None:
    with pytest.raises(EmbedderUnavailable, match="QUERENT_EMBEDDER_URL"):
        open_embedders(settings(embedder="endpoint"))
