"""Words so common that none of them is a slip of the pen."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from schema_docs.words import stem

_PIECES = "tokenizers/l2_supercat_tokenizer_config.json"
# What a piece begins with that begins a word.
_BEGINS = "▁"


@cache
def common_stems() -> frozenset[str]:
    """Give the stems of twelve thousand words: those that the word vectors have one piece for, read once."""
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package wordllama is not installed.")
    told = json.loads((Path(spec.origin).parent / _PIECES).read_text(encoding="utf-8"))
    pieces = (piece.removeprefix(_BEGINS) for piece in told["model"]["vocab"] if piece.startswith(_BEGINS))
    return frozenset(stem(word.lower()) for word in pieces if word.isalpha())
