from importlib.util import find_spec

import numpy as np
import pytest

from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.embedding.local import MiniLmEmbedder
from schema_docs.errors import EmbedderUnavailable

installed = find_spec("sentence_transformers") is not None


@pytest.mark.skipif(installed, reason="the extra local-embeddings is installed")
def test_without_the_extra_it_says_what_to_install() -> None:
    with pytest.raises(EmbedderUnavailable, match=r"local-embeddings"):
        MiniLmEmbedder(WordLlamaEmbedder())


@pytest.mark.skipif(not installed, reason="the extra local-embeddings is not installed")
def test_what_means_the_same_is_near() -> None:
    embedder = MiniLmEmbedder(WordLlamaEmbedder())
    client, customer, river, nothing = embedder.embed(["client", "customer", "river", ""])
    assert client @ customer > client @ river
    assert np.isclose(np.linalg.norm(client), 1, atol=1e-5)
    assert not nothing.any()
