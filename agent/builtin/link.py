"""Cut a question into pieces and link each to what it may mean: the surest cover of all its words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from agent.builtin.index import ALIKE, RESPELT, NameIndex, Ref
from agent.builtin.lemmas import lemma
from agent.builtin.numbers import read_number
from agent.builtin.periods import Period, find_periods
from agent.builtin.pieces import Piece
from agent.builtin.signs import LONGEST_SIGN, SIGNS, Sign
from agent.builtin.spread import spread, without_asides
from agent.builtin.synonyms import VALUE_SYNONYMS
from agent.builtin.tokens import Token, tokenise
from agent.builtin.verbs import VERB_ROOTS
from schema_docs.found import FoundValue

LONGEST_NAME = 5
MOST_REFS = 12
# A value that is only partly the same as what was said.
SURE_VALUE = 0.75
# Word vectors are a last resort: below this two words merely belong to the same world.
ALIKE_ENOUGH = 0.55

_WEIGHT_OF_SIGN = {
    "filler": 0.3,
    "information": 0.5,
    "all": 0.4,
    "show": 0.45,
    "prep": 0.7,
    "where": 0.7,
    "verb": 0.5,
}
# No name begins or ends with one of these, as far as a question goes.
_DETERMINERS = frozenset(
    [
        "the",
        "a",
        "an",
        "all",
        "of",
        "'s",
        "and",
        "or",
        "by",
        "in",
        "to",
        "for",
        "at",
        "on",
        "from",
        "with",
        "as",
        "is",
        "are",
        "was",
        "were",
        "per",
        "each",
    ]
)
# Inside a name there may be `of` and `the`, but none of these.
_APART = _DETERMINERS - {"of", "the", "a", "an"}
_LONG_FORMS = tuple(phrase for phrase in SIGNS if " " not in phrase and len(phrase) > 6)
_KNOWN_FORMS = frozenset(word for phrase in SIGNS for word in phrase.split())
# Small words that are a name only where they are one to the letter.
_BARE = frozenset(
    {"prep", "all", "be", "it", "and", "or", "that", "who", "what", "with", "have", "also", "only", "than"}
)
_NAMING = frozenset({"named", "called", "titled", "entitled", "labelled", "labeled"})
Similar = Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Linked:
    """A question cut into pieces."""

    question: str
    tokens: tuple[Token, ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class _Option:
    piece: Piece
    weight: float


class Linker:
    """Links the questions put to one schema."""

    def __init__(self, names: NameIndex, similar: Similar | None = None) -> None:
        self._names = names
        self._similar = similar
        self._guessed: dict[str, tuple[Ref, ...]] = {}

    def link(self, question: str, values: Sequence[FoundValue], today: date) -> Linked:
        """Cut a question into its likeliest pieces."""
        tokens = spread(without_asides(tokenise(question)), self._is_column)
        options: dict[int, list[_Option]] = {at: [] for at in range(len(tokens))}
        named = _place_values(question, tokens, values)
        for period in find_periods(tokens, today):
            options[period.first].append(_period_option(tokens, period))
        for at in range(len(tokens)):
            options[at].extend(self._options_at(tokens, at, named))
        return Linked(question, tokens, _cover(tokens, options))

    def _is_column(self, words: Sequence[str]) -> bool:
        return any(ref.kind == "column" and ref.score >= 0.9 for ref in self._names.find(words))

    def _options_at(
        self, tokens: Sequence[Token], at: int, named: Mapping[tuple[int, int], tuple[Ref, ...]]
    ) -> Iterable[_Option]:
        number = read_number(tokens, at)
        longest = max((end - at for start, end in named if start == at), default=0)
        for length in range(1, min(max(LONGEST_SIGN, longest), len(tokens) - at) + 1):
            span = tokens[at : at + length]
            values = named.get((at, at + length), ())
            signs = _signs_of(span, first=at == 0) if length <= LONGEST_SIGN else ()
            refs = self._refs_of(span, signs) if length <= LONGEST_NAME else ()
            ours = number if number and number.end == at + length else None
            quoted = span[0].text if length == 1 and span[0].kind == "quoted" else None
            if not (signs or refs or values or ours or quoted):
                continue
            if (
                any(sign.kind in _BARE for sign in signs)
                and max((ref.score for ref in refs), default=1.0) < 0.9
            ):
                refs = values = ()
            if span[-1].plain in _NAMING:
                # `named` joins a name to what it names; it is no column itself.
                refs = tuple(ref for ref in refs if ref.score > 0.9)
            if any(ref.score > 0.9 for ref in refs):
                values = tuple(ref for ref in values if ref.score >= SURE_VALUE)
            piece = replace(
                _piece(span, at),
                signs=signs,
                refs=(*refs, *values)[: 2 * MOST_REFS],
                number=ours,
                quoted=quoted,
            )
            yield _Option(piece, _weigh(piece, span, at))

    def _refs_of(self, span: Sequence[Token], signs: tuple[Sign, ...]) -> tuple[Ref, ...]:
        if not all(token.is_word or token.kind in {"possessive", "number"} for token in span):
            return ()
        ends = span[0].plain in _DETERMINERS or span[-1].plain in _DETERMINERS
        if ends or span[0].kind == "possessive" or (len(span) == 1 and span[0].kind == "number"):
            return ()
        if any(token.kind == "possessive" for token in span):
            return ()
        apart = {token.plain for token in span if token.plain in _APART}
        refs = self._names.find([token.lemma for token in span])
        if apart:
            # `pages per minute` only where the name itself says `per`.
            return tuple(ref for ref in refs if ref.column and ref.score > 0.9 and apart <= self._spoken(ref))
        if len(span) > 2 and span[0].lemma == "number":
            # `number of orders` is a count, `order number` is not one; `number of hosts` may be a column.
            refs = tuple(
                ref
                for ref in refs
                if ref.column and self._names.column_words[ref.table, ref.column][0] == "number"
            )
        if len(span) == 1 and not refs and not signs:
            refs = self._guess(span[0])
        return refs[:MOST_REFS]

    def _spoken(self, ref: Ref) -> set[str]:
        return set(self._names.column_words[ref.table, ref.column or ""])

    def _guess(self, token: Token) -> tuple[Ref, ...]:
        """A word that no name has: perhaps misspelt, perhaps only alike."""
        if token.plain not in self._guessed:
            respelt = self._names.respell(token.lemma)
            refs: tuple[Ref, ...] = ()
            if respelt:
                refs = tuple(ref.scaled(RESPELT, f"spelt {respelt}") for ref in self._names.find([respelt]))
            elif self._similar and len(token.plain) > 3:
                refs = self._alike(token.lemma, self._similar)
            self._guessed[token.plain] = refs
        return self._guessed[token.plain]

    def _alike(self, word: str, similar: Similar) -> tuple[Ref, ...]:
        scored = sorted(
            ((similar(word, other), other) for other in self._names.words if len(other) > 2), reverse=True
        )
        best = scored[0] if scored else (0.0, "")
        if best[0] < ALIKE_ENOUGH:
            return ()
        return tuple(
            ref.scaled(ALIKE * best[0], f"close to {best[1]}") for ref in self._names.find([best[1]])
        )


def _piece(span: Sequence[Token], at: int) -> Piece:
    last = span[-1]
    return Piece(
        first=at,
        last=at + len(span),
        text=" ".join(token.text for token in span),
        plural=last.is_word and last.lemma != last.plain,
        lemmas=tuple(token.lemma for token in span),
    )


def _signs_of(span: Sequence[Token], *, first: bool) -> tuple[Sign, ...]:
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


def _weigh(piece: Piece, span: Sequence[Token], at: int) -> float:
    """Say how good a meaning a piece has: names and values count by their score, forms by their kind."""
    length = len(span)
    weights = [0.0]
    if piece.signs:
        each = max(_WEIGHT_OF_SIGN.get(sign.kind, 0.75) for sign in piece.signs)
        if at == 0 and piece.sign("show", "what", "count", "who", "when", "where"):
            each = 1.1
        weights.append(each * length + 0.5 * (length - 1))
    nouns = [ref.score for ref in piece.refs if ref.kind != "value"]
    if nouns:
        best = max(nouns)
        weights.append(best * length + (0.15 * (length - 1) if best > 0.9 else -0.05 * (length - 1)))
    stored = [ref.score for ref in piece.values]
    if stored:
        best = max(stored)
        sure = best * length + 0.2 * (length - 1) + (0.05 if span[0].text[:1].isupper() else 0)
        weights.append(sure if best >= SURE_VALUE else best * length * 0.8)
    if piece.number:
        weights.append(0.95 * length)
    if piece.quoted:
        weights.append(1.0)
    return max(weights)


def _period_option(tokens: Sequence[Token], period: Period) -> _Option:
    span = tokens[period.first : period.last]
    number = read_number(tokens, period.first) if period.bare and len(span) == 1 else None
    piece = replace(_piece(span, period.first), period=period, number=number)
    return _Option(piece, 1.05 * len(span) + 0.6 * (len(span) - 1))


def _place_values(
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
    pairs = [" ".join(pair) for pair in zip(words, words[1:], strict=False)]
    return tuple(word for word in (*words, *pairs) if word in VALUE_SYNONYMS)


def _cover(tokens: Sequence[Token], options: Mapping[int, Sequence[_Option]]) -> tuple[Piece, ...]:
    """Choose the pieces that together weigh most; a token that fits nowhere becomes an unknown piece."""
    count = len(tokens)
    best: list[tuple[float, tuple[Piece, ...]]] = [(0.0, ())] * (count + 1)
    for at in range(count - 1, -1, -1):
        alone = _piece(tokens[at : at + 1], at)
        weight, tail = best[at + 1]
        best[at] = (weight, (alone, *tail))
        for option in options[at]:
            rest, tail = best[option.piece.last]
            if option.weight + rest > best[at][0] + 1e-9:
                best[at] = (option.weight + rest, (option.piece, *tail))
    return best[0][1]


def singular(word: str) -> str:
    """The lemma of a word as it was said."""
    return lemma(word.lower())
