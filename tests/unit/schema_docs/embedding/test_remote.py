import json

import httpx2
import numpy as np
import pytest

from schema_docs.embedding.remote import BATCH_SIZE, MAX_ATTEMPTS, RemoteEmbedder
from schema_docs.errors import EmbedderUnavailable


class Endpoint:
    """Gives each text a vector of its length, after it has failed as often as it is told to."""

    def __init__(self, *failures: httpx2.Response | Exception) -> None:
        self.failures = list(failures)
        self.batches: list[list[str]] = []
        self.headers: list[str | None] = []
        self.pauses: list[float] = []

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.headers.append(request.headers.get("authorization"))
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        texts = json.loads(request.content)["input"]
        self.batches.append(texts)
        data = [{"index": at, "embedding": [len(text), 0, 3]} for at, text in enumerate(texts)]
        return httpx2.Response(200, json={"data": data[::-1]})

    def embedder(self) -> RemoteEmbedder:
        client = httpx2.Client(transport=httpx2.MockTransport(self.answer))
        return RemoteEmbedder(
            "http://vectors.example/v1/", "small", "secret", client=client, sleep=self.pauses.append
        )


def test_texts_become_vectors_of_length_one_in_their_order() -> None:
    vectors = Endpoint().embedder().embed(["four", "", "a"])
    assert vectors.shape == (3, 3)
    assert np.allclose(vectors[0], [0.8, 0, 0.6])
    assert not vectors[1].any()
    assert np.allclose(np.linalg.norm(vectors[2]), 1)


def test_many_texts_are_sent_in_batches_with_the_key() -> None:
    endpoint = Endpoint()
    endpoint.embedder().embed(["word"] * (BATCH_SIZE + 1))
    assert [len(batch) for batch in endpoint.batches] == [BATCH_SIZE, 1]
    assert endpoint.headers[0] == "Bearer secret"


def test_the_server_says_how_long_its_vectors_are() -> None:
    embedder = Endpoint().embedder()
    assert embedder.dimensions == 3
    assert embedder.embed([]).shape == (0, 3)


@pytest.mark.parametrize(
    "failure", [httpx2.Response(503), httpx2.ConnectError("gone"), httpx2.ReadTimeout("slow")]
)
def test_what_may_pass_is_tried_again(failure: httpx2.Response | Exception) -> None:
    endpoint = Endpoint(failure, failure)
    assert endpoint.embedder().embed(["a"]).shape == (1, 3)
    assert len(endpoint.pauses) == 2


def test_the_server_says_how_long_to_wait() -> None:
    endpoint = Endpoint(httpx2.Response(429, headers={"retry-after": "7"}))
    endpoint.embedder().embed(["a"])
    assert endpoint.pauses == [7.0]


def test_after_some_tries_there_is_no_more_hope() -> None:
    endpoint = Endpoint(*[httpx2.Response(500)] * MAX_ATTEMPTS)
    with pytest.raises(EmbedderUnavailable, match="is not responding"):
        endpoint.embedder().embed(["a"])


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(401, text="secret key is wrong"),
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, json={"data": []}),
        httpx2.Response(200, json={"data": [{"index": 0, "embedding": ["x"]}]}),
        httpx2.Response(200, json={"other": 1}),
    ],
)
def test_a_wrong_answer_is_said_once_and_without_its_text(answer: httpx2.Response) -> None:
    endpoint = Endpoint(answer)
    with pytest.raises(EmbedderUnavailable) as refusal:
        endpoint.embedder().embed(["a"])
    assert "secret" not in str(refusal.value)
    assert endpoint.pauses == []
