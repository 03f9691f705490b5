"""Spans of a question: groups of tokens with their candidate meanings, and where values occur among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from agent.builtin.lexicon.function_words import FUNCTION_WORDS, VERB_ROOTS, FunctionWord, WordKind
from agent.builtin.linking.name_index import SchemaMatch
from agent.builtin.text.dates import Period
from agent.builtin.text.numbers import Number
from schema_docs.search.results import ValueMatch
from schema_docs.text.spelling import SpellingCorrector
from schema_docs.text.tokenizer import Token, tokenize
from schema_docs.values.synonyms import VALUE_SYNONYMS

_APOSTROPHES = frozenset({"'s", "'", "’s", "’"})
_MIN_CORRECTED_LENGTH = 7


@dataclass(frozen=True, slots=True)
class Span:
    """The tokens `[start, end)` of a question with all candidate meanings."""

    start: int
    end: int
    text: str
    plural: bool = False
    function_words: tuple[FunctionWord, ...] = ()
    matches: tuple[SchemaMatch, ...] = ()
    number: Number | None = None
    period: Period | None = None
    quoted: str | None = None
    lemmas: tuple[str, ...] = ()

    def find_word(self, *kinds: WordKind) -> FunctionWord | None:
        """Return the first candidate function word of one of these kinds."""
        return next((word for word in self.function_words if word.kind in kinds), None)

    @property
    def tables(self) -> tuple[SchemaMatch, ...]:
        """Candidate tables."""
        return tuple(match for match in self.matches if match.kind == "table")

    @property
    def columns(self) -> tuple[SchemaMatch, ...]:
        """Candidate columns."""
        return tuple(match for match in self.matches if match.kind == "column")

    @property
    def values(self) -> tuple[SchemaMatch, ...]:
        """Candidate stored values."""
        return tuple(match for match in self.matches if match.kind == "value")

    @property
    def is_noun(self) -> bool:
        """Whether a table or a column is among the candidates."""
        return any(match.kind != "value" for match in self.matches)

    @property
    def is_unknown(self) -> bool:
        """Whether there is no candidate meaning at all."""
        return not (self.function_words or self.matches or self.number or self.period or self.quoted)


_LONG_WORDS = SpellingCorrector(
    (phrase for phrase in FUNCTION_WORDS if " " not in phrase and len(phrase) > 6), max_edits=1
)
_SPELLINGS = frozenset(word for phrase in FUNCTION_WORDS for word in phrase.split())


def function_words_of(tokens: Sequence[Token]) -> tuple[FunctionWord, ...]:
    """Look up the function words that these tokens spell, allowing one typo in a long word."""
    if any(token.kind == "quoted" for token in tokens):
        return ()
    phrase = " ".join(token.plain for token in tokens)
    if phrase in _APOSTROPHES:
        return (FunctionWord("preposition", "has"),)
    words = FUNCTION_WORDS.get(phrase, ())
    single_word = len(tokens) == 1 and tokens[0].is_word
    if not words and single_word and (corrected := correct_function_word(phrase)):
        return FUNCTION_WORDS[corrected]
    if not words and single_word and tokens[0].root in VERB_ROOTS:
        return (FunctionWord("verb"),)
    return words


@lru_cache(maxsize=10_000)
def correct_function_word(word: str) -> str | None:
    """Correct one typo in a long function word: `diffrent` is `different`."""
    if len(word) < _MIN_CORRECTED_LENGTH or word in _SPELLINGS:
        return None
    return _LONG_WORDS.nearest(word)


def locate_values(
    question: str, tokens: Sequence[Token], values: Sequence[ValueMatch]
) -> dict[tuple[int, int], tuple[SchemaMatch, ...]]:
    """Map token ranges to the stored values whose words occur there."""
    located: dict[tuple[int, int], list[SchemaMatch]] = {}
    for value in values:
        match = SchemaMatch("value", value.table, value.column, value.value, value.score, "stored value")
        begin = question.find(value.phrase)
        while begin >= 0:
            end = begin + len(value.phrase)
            inside = [index for index, token in enumerate(tokens) if token.start < end and begin < token.end]
            if inside and tokens[inside[0]].start >= begin - 1:
                located.setdefault((inside[0], inside[-1] + 1), []).append(match)
            begin = question.find(value.phrase, end)
    return {span: tuple(dict.fromkeys(matches)) for span, matches in located.items()}


def value_synonyms_in(question: str) -> tuple[str, ...]:
    """Return the words of a question that stand for a value stored differently: `French` for `France`."""
    words = [token.plain for token in tokenize(question)]
    pairs = [" ".join(pair) for pair in pairwise(words)]
    return tuple(word for word in (*words, *pairs) if word in VALUE_SYNONYMS)
