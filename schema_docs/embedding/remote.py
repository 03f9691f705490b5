"""Sentences turned into vectors by an OpenAI-compatible endpoint."""

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

# Servers refuse more at a time, and a lost batch is soon made again.
BATCH = 96
# A passage is a few hundred letters; what is longer is cut, or the server would refuse the batch.
LONGEST_TEXT = 8_000
TRIES = 5
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 20.0
# What a server says that may go well the next time.
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


class RemoteEmbedder:
    """Asks `POST URL/embeddings`. Vectors have as many numbers as the server gives, always the same."""

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
        """Nothing is asked yet."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.name = f"endpoint {model}"
        self._address = f"{url.rstrip('/')}/embeddings"
        self._model = model
        self._headers = headers
        self._client = client or httpx2.Client(timeout=httpx2.Timeout(60.0, connect=5.0))
        self._sleep = sleep

    @cached_property
    def dimensions(self) -> int:
        """How many numbers a vector has, as the server gives them. Raises `EmbedderUnavailable`."""
        return int(self._ask(["table"]).shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Give one row for each text, `(n, dimensions)` floats. Raises `EmbedderUnavailable`."""
        said = [row for row, text in enumerate(texts) if text.strip()]
        made = [
            self._ask([texts[row][:LONGEST_TEXT] for row in said[start : start + BATCH]])
            for start in range(0, len(said), BATCH)
        ]
        vectors = np.zeros((len(texts), made[0].shape[1] if made else self.dimensions), dtype=np.float32)
        if made:
            vectors[said] = np.vstack(made)
        return vectors

    def _ask(self, texts: Sequence[str]) -> Vectors:
        """Ask until there is an answer, or no more hope."""
        pause_s = FIRST_PAUSE_S
        for tried in range(1, TRIES + 1):
            answer = self._try(texts)
            if answer is not None and answer.status_code not in PASSING:
                return _read(answer, len(texts))
            if tried < TRIES:
                self._sleep(_pause(answer, pause_s))
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        raise EmbedderUnavailable("The embeddings endpoint does not answer.")

    def _try(self, texts: Sequence[str]) -> httpx2.Response | None:
        body = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        try:
            return self._client.post(self._address, json=body, headers=self._headers)
        except httpx2.TransportError:
            logger.info("the embeddings endpoint did not answer")
            return None


def _pause(answer: httpx2.Response | None, pause_s: float) -> float:
    """Wait for as long as the server wants, within reason; by chance, or all would come back at once."""
    wanted = answer.headers.get("retry-after", "") if answer is not None else ""
    seconds = float(wanted) if wanted.isdecimal() else pause_s * (0.5 + random.random())
    return min(seconds, LONGEST_PAUSE_S)


def _read(answer: httpx2.Response, count: int) -> Vectors:
    """Read the vectors, in the order of the texts, and bring them to length one."""
    if answer.status_code != 200:
        raise EmbedderUnavailable(f"The embeddings endpoint refuses (HTTP {answer.status_code}).")
    try:
        items: list[dict[str, Any]] = sorted(answer.json()["data"], key=lambda item: item["index"])
        vectors = np.array([item["embedding"] for item in items], dtype=np.float32)
    except (ValueError, KeyError, TypeError) as error:
        raise EmbedderUnavailable("The embeddings endpoint answers with something else.") from error
    if vectors.ndim != 2 or len(vectors) != count or not np.isfinite(vectors).all():
        raise EmbedderUnavailable("The embeddings endpoint answers with something else.")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    normal: Vectors = vectors / lengths
    return normal
