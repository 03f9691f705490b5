import subprocess
import sys

import numpy as np
import pytest

from schema_docs.embedding.embedder import WordLlamaEmbedder


@pytest.fixture(scope="module")
def embedder() -> WordLlamaEmbedder:
    return WordLlamaEmbedder()


def test_vectors_have_length_one(embedder: WordLlamaEmbedder) -> None:
    vectors = embedder.embed(["orders of a customer", "ship"])
    assert vectors.shape == (2, embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_an_empty_text_is_all_zeros(embedder: WordLlamaEmbedder) -> None:
    assert not embedder.embed([""]).any()


def test_no_texts_give_no_rows(embedder: WordLlamaEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 256)


def test_what_means_the_same_is_near(embedder: WordLlamaEmbedder) -> None:
    client, customer, river = embedder.embed(["client", "customer", "river"])
    assert client @ customer > client @ river


def test_loading_says_nothing_and_leaves_logging_alone() -> None:
    code = (
        "import logging, socket\n"
        "def refuse(*given): raise AssertionError('the network was tried')\n"
        "socket.socket.connect = refuse\n"
        "from schema_docs.embedding.embedder import WordLlamaEmbedder\n"
        "assert WordLlamaEmbedder().embed(['x']).any()\n"
        "assert not logging.getLogger().handlers\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
