"""Remote embeddings from an OpenAI-compatible endpoint."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import httpx2
import numpy as np

from schema_docs.embedding.embedder import Vectors
from schema_docs.errors import EmbedderUnavailable

logger = logging.getLogger(__name__)

# Servers refuse larger batches, and a lost batch is soon repeated.
BATCH_SIZE = 96
# A passage has a few hundred letters; longer texts are cut, or the server would refuse the batch.
MAX_TEXT_LENGTH = 8_000
MAX_ATTEMPTS = 5
INITIAL_BACKOFF_S = 0.5
MAX_BACKOFF_S = 20.0
# Status codes worth a retry.
RETRYABLE_STATUSES = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


class RemoteEmbedder:
    """Client of `POST URL/embeddings`. The server determines the number of dimensions."""

    instant = False

    def __init__(
        self,
        url: str,
        model: str,
        key: str | None = None,
        *,
        client: httpx2.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Store the configuration; no request is sent yet."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.name = f"endpoint {model}"
        self._address = f"{url.rstrip('/')}/embeddings"
        self._model = model
        self._headers = headers
        self._client = client or httpx2.Client(timeout=httpx2.Timeout(60.0, connect=5.0))
        self._sleep = sleep

    @cached_property
    def dimensions(self) -> int:
        """Number of dimensions, as the server returns them. Raises `EmbedderUnavailable`."""
        return int(self._request(["table"]).shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text, `(n, dimensions)` floats. Raises `EmbedderUnavailable`."""
        rows = [row for row, text in enumerate(texts) if text.strip()]
        batches = [
            self._request([texts[row][:MAX_TEXT_LENGTH] for row in rows[start : start + BATCH_SIZE]])
            for start in range(0, len(rows), BATCH_SIZE)
        ]
        vectors = np.zeros(
            (len(texts), batches[0].shape[1] if batches else self.dimensions), dtype=np.float32
        )
        if batches:
            vectors[rows] = np.vstack(batches)
        return vectors

    def _request(self, texts: Sequence[str]) -> Vectors:
        """Send a request, with retries and exponential backoff."""
        pause_s = INITIAL_BACKOFF_S
        for attempt in range(1, MAX_ATTEMPTS + 1):
            response = self._send(texts)
            if response is not None and response.status_code not in RETRYABLE_STATUSES:
                return _parse_response(response, len(texts))
            if attempt < MAX_ATTEMPTS:
                self._sleep(_backoff(response, pause_s))
                pause_s = min(pause_s * 2, MAX_BACKOFF_S)
        raise EmbedderUnavailable("The embeddings endpoint is not responding.")

    def _send(self, texts: Sequence[str]) -> httpx2.Response | None:
        body = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        try:
            return self._client.post(self._address, json=body, headers=self._headers)
        except httpx2.TransportError:
            logger.info("embeddings endpoint did not answer")
            return None


def _backoff(response: httpx2.Response | None, pause_s: float) -> float:
    """Return the seconds to wait: as `Retry-After` says, within reason, or with random jitter."""
    retry_after = response.headers.get("retry-after", "") if response is not None else ""
    seconds = float(retry_after) if retry_after.isdecimal() else pause_s * (0.5 + random.random())
    return min(seconds, MAX_BACKOFF_S)


def _parse_response(response: httpx2.Response, count: int) -> Vectors:
    """Parse the vectors, in the order of the texts, and normalize them to length one."""
    if response.status_code != 200:
        raise EmbedderUnavailable(
            f"The embeddings endpoint rejected the request (HTTP {response.status_code})."
        )
    try:
        items: list[dict[str, Any]] = sorted(response.json()["data"], key=lambda item: item["index"])
        vectors = np.array([item["embedding"] for item in items], dtype=np.float32)
    except (ValueError, KeyError, TypeError) as error:
        raise EmbedderUnavailable("The embeddings endpoint returned an invalid response.") from error
    if vectors.ndim != 2 or len(vectors) != count or not np.isfinite(vectors).all():
        raise EmbedderUnavailable("The embeddings endpoint returned an invalid response.")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    unit_vectors: Vectors = vectors / lengths
    return unit_vectors
