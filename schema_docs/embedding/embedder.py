"""Texts turned into vectors."""

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
    """Turns texts into vectors of length one. `name` changes when its vectors do.

    An `instant` one takes less than a thread would; others are asked from a thread.
    """

    name: str
    instant: bool

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Give one row for each text, `(n, dimensions)` floats; an empty text is all zeros."""
        ...


class WordLlamaEmbedder:
    """The static word vectors of the package `wordllama`: offline, 0.04 ms a question.

    We read its weights ourselves. Importing the package takes three times as long, brings an HTTP client that
    could reach for the network, and puts a handler on the root logger. The vectors are the same.
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
        """Average the vectors of each text's tokens, then bring it to length one."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            # One by one: a batch would start threads of its own, which complain when the process forks later.
            tokens = self._tokenizer.encode(text, add_special_tokens=False).ids
            if tokens:
                vectors[row] = self._weights[tokens].mean(axis=0, dtype=np.float32)
        lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
        lengths[lengths == 0] = 1
        vectors /= lengths
        return vectors
