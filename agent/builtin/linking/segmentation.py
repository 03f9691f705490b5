"""Cut a question into pieces and link each to what it may mean: the surest cover of all its words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from agent.builtin.lexicon.function_words import LONGEST_SIGN, Sign
from agent.builtin.linking.name_index import ALIKE, RESPELT, NameIndex, Ref
from agent.builtin.linking.spans import Piece, place_values, signs_of
from agent.builtin.text.coordination import negations_apart, spread, without_asides
from agent.builtin.text.intervals import Period
from agent.builtin.text.numbers import read_number
from agent.builtin.text.periods import find_periods
from agent.builtin.text.tokenizer import Token, tokenise
from schema_docs.search.results import FoundValue

# A value that is only partly the same as what was said.
SURE_VALUE = 0.75


_WEIGHT_OF_SIGN = {
    "filler": 0.3,
    "information": 0.5,
    "all": 0.4,
    "show": 0.45,
    "prep": 0.7,
    "where": 0.7,
    "verb": 0.5,
}


@dataclass(frozen=True, slots=True)
class Option:
    """A piece that may begin at a token, and how good a meaning it has."""

    piece: Piece
    weight: float


def weigh(piece: Piece, span: Sequence[Token], at: int) -> float:
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


def piece_of(span: Sequence[Token], at: int) -> Piece:
    """A piece with nothing known of it yet."""
    last = span[-1]
    return Piece(
        first=at,
        last=at + len(span),
        text=" ".join(token.text for token in span),
        plural=last.is_word and last.lemma != last.plain,
        lemmas=tuple(token.lemma for token in span),
    )


def period_option(tokens: Sequence[Token], period: Period) -> Option:
    """A period as an option; a bare year may also be a number."""
    span = tokens[period.first : period.last]
    number = read_number(tokens, period.first) if period.bare and len(span) == 1 else None
    piece = replace(piece_of(span, period.first), period=period, number=number)
    return Option(piece, 1.05 * len(span) + 0.6 * (len(span) - 1))


def cover(tokens: Sequence[Token], options: Mapping[int, Sequence[Option]]) -> tuple[Piece, ...]:
    """Choose the pieces that together weigh most; a token that fits nowhere becomes an unknown piece."""
    count = len(tokens)
    best: list[tuple[float, tuple[Piece, ...]]] = [(0.0, ())] * (count + 1)
    for at in range(count - 1, -1, -1):
        alone = piece_of(tokens[at : at + 1], at)
        weight, tail = best[at + 1]
        best[at] = (weight, (alone, *tail))
        for option in options[at]:
            rest, tail = best[option.piece.last]
            if option.weight + rest > best[at][0] + 1e-9:
                best[at] = (option.weight + rest, (option.piece, *tail))
    return best[0][1]


LONGEST_NAME = 5
MOST_REFS = 12
# Word vectors are a last resort: below this two words merely belong to the same world.
ALIKE_ENOUGH = 0.55

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


class Linker:
    """Links the questions put to one schema."""

    def __init__(self, names: NameIndex, similar: Similar | None = None) -> None:
        self._names = names
        self._similar = similar
        self._guessed: dict[str, tuple[Ref, ...]] = {}

    def link(self, question: str, values: Sequence[FoundValue], today: date) -> Linked:
        """Cut a question into its likeliest pieces."""
        plain = negations_apart(without_asides(tokenise(question)), self._is_column)
        tokens = spread(plain, self._is_column)
        options: dict[int, list[Option]] = {at: [] for at in range(len(tokens))}
        named = place_values(question, tokens, values)
        for period in find_periods(tokens, today):
            options[period.first].append(period_option(tokens, period))
        for at in range(len(tokens)):
            options[at].extend(self._options_at(tokens, at, named))
        return Linked(question, tokens, cover(tokens, options))

    def _is_column(self, words: Sequence[str]) -> bool:
        return any(ref.kind == "column" and ref.score >= 0.9 for ref in self._names.find(words))

    def _options_at(
        self, tokens: Sequence[Token], at: int, named: Mapping[tuple[int, int], tuple[Ref, ...]]
    ) -> Iterable[Option]:
        number = read_number(tokens, at)
        longest = max((end - at for start, end in named if start == at), default=0)
        for length in range(1, min(max(LONGEST_SIGN, longest), len(tokens) - at) + 1):
            span = tokens[at : at + length]
            values = named.get((at, at + length), ())
            signs = signs_of(span, first=at == 0) if length <= LONGEST_SIGN else ()
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
                piece_of(span, at),
                signs=signs,
                refs=(*refs, *values)[: 2 * MOST_REFS],
                number=ours,
                quoted=quoted,
            )
            yield Option(piece, weigh(piece, span, at))

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
