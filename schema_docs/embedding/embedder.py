"""Embedding model protocol, and static word vectors as its default."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer

Vectors = NDArray[np.float32]

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


class Embedder(Protocol):
    """Embedding model: turns texts into vectors of length one. `name` changes when its vectors do.

    An `instant` model is faster than a switch to a thread; others run in a thread.
    """

    name: str
    instant: bool

    @property
    def dimensions(self) -> int:
        """Number of dimensions of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text, `(n, dimensions)` floats; an empty text is all zeros."""
        ...


class WordLlamaEmbedder:
    """Static word vectors of the package `wordllama`: offline, 0.04 ms per question.

    The weights are read directly: importing the package takes three times as long, brings an HTTP client that
    could access the network, and installs a handler on the root logger. The vectors are the same.
    """

    name = "wordllama-l2-supercat-256"
    dimensions = 256
    instant = True

    def __init__(self) -> None:
        spec = find_spec("wordllama")
        if spec is None or spec.origin is None:
            raise FileNotFoundError("The package wordllama is not installed.")
        folder = Path(spec.origin).parent
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        self._tokenizer.no_padding()
        with safe_open(folder / _WEIGHTS, framework="np") as weights:
            self._weights: NDArray[np.float16] = weights.get_tensor("embedding.weight")

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Average the vectors of each text's tokens, normalized to length one."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            # One text at a time: batches start threads in the tokenizer, which then warns when the process
            # forks.
            tokens = self._tokenizer.encode(text, add_special_tokens=False).ids
            if tokens:
                vectors[row] = self._weights[tokens].mean(axis=0, dtype=np.float32)
        lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
        lengths[lengths == 0] = 1
        vectors /= lengths
        return vectors
