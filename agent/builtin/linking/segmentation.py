"""Segment a question into spans and link them to the schema: the segmentation of greatest total weight."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from agent.builtin.deadline import UNLIMITED, CpuDeadline
from agent.builtin.lexicon.function_words import MAX_PHRASE_WORDS, FunctionWord, WordKind
from agent.builtin.linking.name_index import RESPELLED_FACTOR, SIMILAR_FACTOR, NameIndex, SchemaMatch
from agent.builtin.linking.spans import Span, function_words_of, locate_values
from agent.builtin.text.coordination import drop_parentheses, expand_shared_nouns, split_negative_prefixes
from agent.builtin.text.dates import Period
from agent.builtin.text.numbers import parse_number
from agent.builtin.text.periods import find_periods
from schema_docs.search.results import ValueMatch
from schema_docs.text.tokenizer import Token, tokenize

# Below this score only a part of the stored value occurs in the question.
SURE_VALUE_SCORE = 0.75

_DEFAULT_WORD_WEIGHT = 0.75
_WORD_WEIGHTS: dict[WordKind, float] = {
    "filler": 0.3,
    "information": 0.5,
    "determiner": 0.4,
    "show": 0.45,
    "preposition": 0.7,
    "where": 0.7,
    "verb": 0.5,
}
# A word that opens a question is hardly ever anything else.
_OPENING_WORD_WEIGHT = 1.1


@dataclass(frozen=True, slots=True)
class SpanCandidate:
    """A span that may begin at a token, with the weight of its best meaning."""

    span: Span
    weight: float


def weigh(span: Span, tokens: Sequence[Token]) -> float:
    """Compute the weight of a span: names and values by their score, function words by their kind."""
    length = len(tokens)
    weights = [0.0]
    if span.function_words:
        per_token = max(_WORD_WEIGHTS.get(word.kind, _DEFAULT_WORD_WEIGHT) for word in span.function_words)
        if span.start == 0 and span.find_word("show", "what", "count", "who", "when", "where"):
            per_token = _OPENING_WORD_WEIGHT
        weights.append(per_token * length + 0.5 * (length - 1))
    name_scores = [match.score for match in span.matches if match.kind != "value"]
    if name_scores:
        best = max(name_scores)
        weights.append(best * length + (0.15 * (length - 1) if best > 0.9 else -0.05 * (length - 1)))
    value_scores = [match.score for match in span.values]
    if value_scores:
        best = max(value_scores)
        sure = best * length + 0.2 * (length - 1) + (0.05 if tokens[0].text[:1].isupper() else 0)
        weights.append(sure if best >= SURE_VALUE_SCORE else best * length * 0.8)
    if span.number:
        weights.append(0.95 * length)
    if span.quoted:
        weights.append(1.0)
    return max(weights)


def unlinked_span(tokens: Sequence[Token], start: int) -> Span:
    """Build the span of some tokens without any candidate meaning."""
    last = tokens[-1]
    return Span(
        start=start,
        end=start + len(tokens),
        text=" ".join(token.text for token in tokens),
        plural=last.is_word and last.lemma != last.plain,
        lemmas=tuple(token.lemma for token in tokens),
    )


def period_candidate(tokens: Sequence[Token], period: Period) -> SpanCandidate:
    """Build the candidate of a period; a bare year may also be a number."""
    covered = tokens[period.first_token : period.end_token]
    number = parse_number(tokens, period.first_token) if period.bare_year and len(covered) == 1 else None
    span = replace(unlinked_span(covered, period.first_token), period=period, number=number)
    return SpanCandidate(span, 1.05 * len(covered) + 0.6 * (len(covered) - 1))


def segment(tokens: Sequence[Token], candidates: Mapping[int, Sequence[SpanCandidate]]) -> tuple[Span, ...]:
    """Choose the spans of greatest total weight by dynamic programming; other tokens become unknown spans."""
    count = len(tokens)
    # The greatest weight of the tokens from each position on, and the span with which it begins.
    weights = [0.0] * (count + 1)
    spans: list[Span] = []
    for start in range(count - 1, -1, -1):
        best, weights[start] = unlinked_span(tokens[start : start + 1], start), weights[start + 1]
        for candidate in candidates[start]:
            weight = candidate.weight + weights[candidate.span.end]
            if weight > weights[start] + 1e-9:
                best, weights[start] = candidate.span, weight
        spans.append(best)
    spans.reverse()
    chosen: list[Span] = []
    position = 0
    while position < count:
        chosen.append(spans[position])
        position = spans[position].end
    return tuple(chosen)


MAX_NAME_TOKENS = 5
MAX_MATCHES = 12
# Word vectors are a last resort: below this cosine similarity two words merely share a subject.
MIN_SIMILARITY = 0.55

# No name begins or ends with one of these in a question.
_DETERMINERS = frozenset(
    {
        "the", "a", "an", "all", "of", "'s", "and", "or", "by", "in", "to", "for", "at", "on", "from", "with",
        "as", "is", "are", "was", "were", "per", "each",
    }
)  # fmt: skip
# A name may contain `of` and `the`, but none of these unless the schema's own name has them.
_RARE_IN_NAMES = _DETERMINERS - {"of", "the", "a", "an"}
# Function words of these kinds are a name only where the name matches exactly.
_WEAK_KINDS = frozenset(
    {
        "preposition", "determiner", "be", "pronoun", "and", "or", "that", "who", "what", "with", "have",
        "also", "only", "than",
    }
)  # fmt: skip
_NAMING_WORDS = frozenset({"named", "called", "titled", "entitled", "labelled", "labeled"})
Similarity = Callable[[str, str], float]
ValueLocations = Mapping[tuple[int, int], tuple[SchemaMatch, ...]]


@dataclass(frozen=True, slots=True)
class LinkedQuestion:
    """A question segmented into spans."""

    question: str
    tokens: tuple[Token, ...]
    spans: tuple[Span, ...]


class SchemaLinker:
    """Schema linking for the questions to one schema."""

    def __init__(self, names: NameIndex, similarity: Similarity | None = None) -> None:
        self._names = names
        self._similarity = similarity
        self._unknown_words: dict[str, tuple[SchemaMatch, ...]] = {}

    def link(
        self,
        question: str,
        values: Sequence[ValueMatch],
        today: date,
        deadline: CpuDeadline = UNLIMITED,
    ) -> LinkedQuestion:
        """Segment a question into its likeliest spans. Raises `QuestionTooComplex`."""
        plain = split_negative_prefixes(drop_parentheses(tokenize(question)), self._is_column)
        tokens = expand_shared_nouns(plain, self._is_column)
        candidates: dict[int, list[SpanCandidate]] = {start: [] for start in range(len(tokens))}
        locations = locate_values(question, tokens, values)
        for period in find_periods(tokens, today):
            candidates[period.first_token].append(period_candidate(tokens, period))
        longest_value = [0] * len(tokens)
        for start, end in locations:
            longest_value[start] = max(longest_value[start], end - start)
        for start in range(len(tokens)):
            deadline.check()
            limit = min(max(MAX_PHRASE_WORDS, longest_value[start]), len(tokens) - start)
            candidates[start].extend(self._candidates_at(tokens, start, limit, locations))
        return LinkedQuestion(question, tokens, segment(tokens, candidates))

    def _is_column(self, words: Sequence[str]) -> bool:
        return any(match.kind == "column" and match.score >= 0.9 for match in self._names.find(words))

    def _candidates_at(
        self, tokens: Sequence[Token], start: int, limit: int, locations: ValueLocations
    ) -> Iterable[SpanCandidate]:
        """Yield the candidates of one to `limit` tokens that begin at a token."""
        number = parse_number(tokens, start)
        for length in range(1, limit + 1):
            covered = tokens[start : start + length]
            words = function_words_of(covered) if length <= MAX_PHRASE_WORDS else ()
            names = self._names_of(covered, words) if length <= MAX_NAME_TOKENS else ()
            values = locations.get((start, start + length), ())
            ends_here = number if number and number.end == start + length else None
            quoted = covered[0].text if length == 1 and covered[0].kind == "quoted" else None
            if not (words or names or values or ends_here or quoted):
                continue
            names, values = _drop_weak_matches(covered[-1], words, names, values)
            span = replace(
                unlinked_span(covered, start),
                function_words=words,
                matches=(*names, *values)[: 2 * MAX_MATCHES],
                number=ends_here,
                quoted=quoted,
            )
            yield SpanCandidate(span, weigh(span, covered))

    def _names_of(self, tokens: Sequence[Token], words: tuple[FunctionWord, ...]) -> tuple[SchemaMatch, ...]:
        """Look up the tables and columns that these tokens name."""
        if not _may_be_name(tokens):
            return ()
        rare = {token.plain for token in tokens if token.plain in _RARE_IN_NAMES}
        matches = self._names.find([token.lemma for token in tokens])
        if rare:
            # `pages per minute` only where the name itself says `per`.
            return tuple(
                match
                for match in matches
                if match.column and match.score > 0.9 and rare <= set(self._column_words(match))
            )
        if len(tokens) > 2 and tokens[0].lemma == "number":
            # `number of orders` is a count, `order number` is not one; `number of hosts` may be a column.
            matches = tuple(
                match for match in matches if match.column and self._column_words(match)[0] == "number"
            )
        if len(tokens) == 1 and not matches and not words:
            matches = self._guess(tokens[0])
        return matches[:MAX_MATCHES]

    def _column_words(self, match: SchemaMatch) -> tuple[str, ...]:
        return self._names.column_words[match.table, match.column or ""]

    def _guess(self, token: Token) -> tuple[SchemaMatch, ...]:
        """Match a word that no name contains: as a typo, or else by similarity of meaning."""
        if token.plain not in self._unknown_words:
            corrected = self._names.correct_spelling(token.lemma)
            matches: tuple[SchemaMatch, ...] = ()
            if corrected:
                reason = f"spelt {corrected}"
                matches = tuple(
                    match.discount(RESPELLED_FACTOR, reason) for match in self._names.find([corrected])
                )
            elif self._similarity and len(token.plain) > 3:
                matches = self._most_similar(token.lemma, self._similarity)
            self._unknown_words[token.plain] = matches
        return self._unknown_words[token.plain]

    def _most_similar(self, word: str, similarity: Similarity) -> tuple[SchemaMatch, ...]:
        scored = sorted(
            ((similarity(word, name), name) for name in self._names.words if len(name) > 2), reverse=True
        )
        score, name = scored[0] if scored else (0.0, "")
        if score < MIN_SIMILARITY:
            return ()
        return tuple(
            match.discount(SIMILAR_FACTOR * score, f"close to {name}") for match in self._names.find([name])
        )


def _may_be_name(tokens: Sequence[Token]) -> bool:
    """Whether tokens may form a name: words and numbers without a determiner at either end."""
    if not all(token.is_word or token.kind == "number" for token in tokens):
        return False
    if tokens[0].plain in _DETERMINERS or tokens[-1].plain in _DETERMINERS:
        return False
    return len(tokens) > 1 or tokens[0].kind != "number"


def _drop_weak_matches(
    last: Token,
    words: tuple[FunctionWord, ...],
    names: tuple[SchemaMatch, ...],
    values: tuple[SchemaMatch, ...],
) -> tuple[tuple[SchemaMatch, ...], tuple[SchemaMatch, ...]]:
    """Drop names and values that a function word or a better name outweighs."""
    exact = max((match.score for match in names), default=1.0) >= 0.9
    if not exact and any(word.kind in _WEAK_KINDS for word in words):
        return (), ()
    if last.plain in _NAMING_WORDS:
        # `named` joins a name to the thing it names; it is no column itself.
        names = tuple(match for match in names if match.score > 0.9)
    if any(match.score > 0.9 for match in names):
        values = tuple(match for match in values if match.score >= SURE_VALUE_SCORE)
    return names, values
