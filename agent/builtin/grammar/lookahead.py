"""Lookahead: predicates on spans that have not been parsed yet."""

from agent.builtin.grammar.column_resolution import best_noun
from agent.builtin.grammar.state import ParserState
from agent.builtin.lexicon.function_words import WordKind
from agent.builtin.linking.name_index import SchemaMatch
from agent.builtin.linking.spans import Span

BEFORE_ITEM: tuple[WordKind, ...] = (
    "determiner", "pronoun", "also", "filler", "be", "show", "both", "there",
)  # fmt: skip


def begins_item(state: ParserState, ahead: int) -> bool:
    """Whether an item to show, and not a condition, begins at a span ahead."""
    while (span := state.peek(ahead)) and span.find_word(*BEFORE_ITEM, "distinct") and not span.is_noun:
        ahead += 1
    if span is None:
        return False
    is_last_noun = span.is_noun and not noun_follows(state, ahead + 1)
    if span.find_word("aggregate", "count", "share") and not is_last_noun:
        return not is_compared(state, ahead + 1)
    if span.find_word("information"):
        return True
    return span.is_noun and not begins_order(state, ahead) and not is_compared(state, ahead)


def begins_order(state: ParserState, ahead: int) -> bool:
    """Whether a word such as `rank` begins an order here, and is not the name of a column."""
    span = state.peek(ahead)
    if span is None or not span.find_word("order"):
        return False
    by_follows = state.find_word("by", ahead=ahead + 1) is not None
    return by_follows or max((match.score for match in span.matches), default=0.0) < 0.9


def is_compared(state: ParserState, ahead: int) -> bool:
    """Whether the noun ahead is compared with something, which makes it a condition."""
    while (span := state.peek(ahead)) and span.find_word("determiner", "preposition") and not span.is_noun:
        ahead += 1
    following = state.peek(ahead + 1)
    if following is None:
        return False
    if (
        following.find_word("comparison", "between", "like")
        or following.quoted
        or (following.number and not following.is_noun)
    ):
        return True
    after = state.peek(ahead + 2)
    if after is None or not following.find_word("be", "not"):
        return False
    compares = after.find_word("comparison", "between", "like", "not", "null")
    return bool(compares or after.number or after.values or after.quoted)


def noun_follows(state: ParserState, ahead: int) -> bool:
    """Whether a noun comes next, after function words."""
    while (span := state.peek(ahead)) and span.find_word(
        "determiner", "preposition", "pronoun", "aggregate", "and", "comma", "distinct", "filler"
    ):
        if span.is_noun:
            return True
        ahead += 1
    return span is not None and (span.is_noun or span.find_word("count") is not None)


def is_sure_noun(state: ParserState) -> bool:
    """Whether the current span names a table or column with a high score."""
    span = state.peek()
    return bool(span and span.is_noun and max(match.score for match in span.matches) > 0.85)


def table_here(state: ParserState) -> str | None:
    """Return the table that the current span names."""
    span = state.peek()
    if not span or not span.is_noun:
        return None
    best = best_noun(state, span)
    return best.table if best and best.kind == "table" else None


def is_summable(state: ParserState, span: Span) -> bool:
    """Whether a span names a measure, which can be summed."""
    return any(
        match.column and match.score > 0.75 and state.schema.roles[match.table].is_measure(match.column)
        for match in span.columns
    )


def is_date(state: ParserState, match: SchemaMatch, table: str) -> bool:
    """Whether a match is a date column of a table."""
    return (
        match.table == table and match.column is not None and state.schema.roles[table].is_date(match.column)
    )


def is_of(span: Span) -> bool:
    """Whether a span is the preposition `of` or `for`."""
    return any(word.kind == "preposition" and word.value in {"of", "for"} for word in span.function_words)
