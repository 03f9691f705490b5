"""A question cut into pieces, each with everything that it may mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import DamerauLevenshtein

from agent.builtin.lexicon.function_words import SIGNS, VERB_ROOTS, Kind, Sign
from agent.builtin.linking.name_index import Ref
from agent.builtin.text.intervals import Period
from agent.builtin.text.numbers import Number
from agent.builtin.text.tokenizer import Token, tokenise
from schema_docs.search.results import FoundValue
from schema_docs.values.synonyms import VALUE_SYNONYMS


@dataclass(frozen=True, slots=True)
class Piece:
    """The tokens `[first, last)` with all that they may mean."""

    first: int
    last: int
    text: str
    plural: bool = False
    signs: tuple[Sign, ...] = ()
    refs: tuple[Ref, ...] = ()
    number: Number | None = None
    period: Period | None = None
    quoted: str | None = None
    lemmas: tuple[str, ...] = ()

    def sign(self, *kinds: Kind) -> Sign | None:
        """The sign of one of these kinds that it may be."""
        return next((sign for sign in self.signs if sign.kind in kinds), None)

    @property
    def tables(self) -> tuple[Ref, ...]:
        """The tables it may name."""
        return tuple(ref for ref in self.refs if ref.kind == "table")

    @property
    def columns(self) -> tuple[Ref, ...]:
        """The columns it may name."""
        return tuple(ref for ref in self.refs if ref.kind == "column")

    @property
    def values(self) -> tuple[Ref, ...]:
        """The stored values it may name."""
        return tuple(ref for ref in self.refs if ref.kind == "value")

    @property
    def is_noun(self) -> bool:
        """Whether it may name a table or a column."""
        return any(ref.kind != "value" for ref in self.refs)

    @property
    def is_unknown(self) -> bool:
        """Whether nothing at all is known of it."""
        return not (self.signs or self.refs or self.number or self.period or self.quoted)


_LONG_FORMS = tuple(phrase for phrase in SIGNS if " " not in phrase and len(phrase) > 6)


_KNOWN_FORMS = frozenset(word for phrase in SIGNS for word in phrase.split())


def signs_of(span: Sequence[Token], *, first: bool) -> tuple[Sign, ...]:
    """The forms that a span may be."""
    if any(token.kind == "quoted" for token in span):
        return ()
    phrase = " ".join(token.plain for token in span)
    if phrase in {"'s", "'", "’s", "’"}:
        return (Sign("prep", "has"),)
    signs = SIGNS.get(phrase, ())
    if not signs and len(span) == 1 and span[0].is_word and (meant := respelt_sign(phrase)):
        return SIGNS[meant]
    if not signs and len(span) == 1 and span[0].is_word and span[0].root in VERB_ROOTS:
        return (Sign("verb"),)
    return signs


@lru_cache(maxsize=10_000)
def respelt_sign(word: str) -> str | None:
    """The word of form that a long word misspells by one slip: `diffrent`."""
    if len(word) < 7 or word in _KNOWN_FORMS:
        return None
    for form in _LONG_FORMS:
        if (
            abs(len(form) - len(word)) < 2
            and form[0] == word[0]
            and DamerauLevenshtein.distance(word, form) == 1
        ):
            return form
    return None


def place_values(
    question: str, tokens: Sequence[Token], values: Sequence[FoundValue]
) -> dict[tuple[int, int], tuple[Ref, ...]]:
    """Say which tokens name which stored values; nationalities and the like are added elsewhere."""
    placed: dict[tuple[int, int], list[Ref]] = {}
    for found in values:
        begin = question.find(found.words)
        while begin >= 0:
            end = begin + len(found.words)
            inside = [n for n, t in enumerate(tokens) if t.start < end and begin < t.end]
            if inside and tokens[inside[0]].start >= begin - 1:
                refs = placed.setdefault((inside[0], inside[-1] + 1), [])
                refs.append(Ref("value", found.table, found.column, found.value, found.score, "stored value"))
            begin = question.find(found.words, end)
    return {span: tuple(dict.fromkeys(refs)) for span, refs in placed.items()}


def synonyms_for_values(question: str) -> tuple[str, ...]:
    """Words of a question that stand for values stored in another form: `French` for `France`."""
    words = [token.plain for token in tokenise(question)]
    pairs = [" ".join(pair) for pair in pairwise(words)]
    return tuple(word for word in (*words, *pairs) if word in VALUE_SYNONYMS)
