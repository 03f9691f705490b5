"""Read the small words and phrases that carry a question's form from `signs.txt`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

Kind = Literal[
    "show", "what", "count", "much", "agg", "sup", "top", "common", "op", "postop", "between", "like",
    "not", "each", "by", "order", "direction", "distinct", "who", "that", "with", "have", "whose",
    "where", "prep", "and", "or", "comma", "stop", "both", "either", "neither", "nor", "except", "all",
    "be", "it", "also", "same", "null", "bucket", "share", "only", "ratio", "verb", "there", "filler",
    "information", "than", "when", "but", "compare",
]  # fmt: skip

WORDS = Path(__file__).with_name("signs.txt")


@dataclass(frozen=True, slots=True)
class Sign:
    """What a phrase of form says. `arg` is its meaning within its kind, `about` the property it implies."""

    kind: Kind
    arg: str = ""
    about: str = ""


def read_signs(text: str) -> dict[str, tuple[Sign, ...]]:
    """Take sections of phrases apart; of several meanings of a phrase, the first is the likeliest."""
    found: dict[str, list[Sign]] = {}
    for section in text.split("\n== ")[1:]:
        head, phrases = section.split("\n", 1)
        meaning, _, about = head.partition(" : ")
        kind, _, arg = meaning.partition(" ")
        assert kind in get_args(Kind), kind
        sign = Sign(cast("Kind", kind), arg, about)
        for phrase in " ".join(phrases.split()).split(" | "):
            found.setdefault(phrase, []).append(sign)
    return {phrase: tuple(signs) for phrase, signs in found.items()}


SIGNS = read_signs(WORDS.read_text(encoding="utf-8"))
"""Each phrase with its possible meanings, the likeliest first."""

LONGEST_SIGN = max(len(phrase.split()) for phrase in SIGNS)
