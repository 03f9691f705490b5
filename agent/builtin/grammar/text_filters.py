"""Text conditions: LIKE patterns such as `contains "son"`, and NULL checks."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import choose_column
from agent.builtin.grammar.conditions import add_condition
from agent.builtin.grammar.state import ParserState
from agent.builtin.plan.model import ColumnRef, Comparison, IsNull

_PATTERNS = {"contains": "%{}%", "starts": "{}%", "ends": "%{}"}


def parse_text_pattern(state: ParserState) -> ParserState | None:
    """Parse `contains "son"`, `starting with the letter S`."""
    word = state.find_word("like")
    if not word:
        return None
    ahead = 1
    while state.find_word("determiner", "like", "preposition", "filler", ahead=ahead) and not _is_letter(
        state, ahead
    ):
        ahead += 1
    text = _pattern_text(state, ahead)
    if text is None:
        return None
    searched = None if state.clause.column else _searched_span(state, ahead + 1)
    if searched is not None:
        span = state.peek(searched)
        assert span is not None
        column = choose_column(state, span.matches)
        if column and _is_text(state, column):
            state = replace(state, consumed=state.consumed | {span.start})
        else:
            column = default_text_column(state)
    else:
        column = state.clause.column or default_text_column(state)
    if column is None:
        return None
    words = [state.find_word("like", ahead=index) for index in range(ahead)]
    anchored = next((pattern for pattern in words if pattern and pattern.value != "contains"), word)
    condition = Comparison(column, "like", _PATTERNS[anchored.value].format(text))
    return add_condition(state.advance(ahead + 1), condition).with_column(None)


def _pattern_text(state: ParserState, ahead: int) -> str | None:
    """Return the text to search for: a quotation, a letter or word, or an unknown span after a column."""
    span = state.peek(ahead)
    if not span or span.find_word("stop", "comma"):
        return None
    if span.quoted:
        return span.quoted
    before = " ".join(skipped.text for skipped in state.spans[state.position : state.position + ahead])
    literal = "letter" in before or "word" in before or len(span.text) <= 2
    unknown = state.clause.column is not None and not span.is_noun and not span.function_words
    return span.text if literal or unknown else None


def _is_letter(state: ParserState, ahead: int) -> bool:
    """Whether a span is a letter: the last `a` in `starts with an a`."""
    span, after = state.peek(ahead), state.peek(ahead + 1)
    return span is not None and len(span.text) == 1 and (after is None or after.find_word("stop") is not None)


def _searched_span(state: ParserState, ahead: int) -> int | None:
    """Return how far ahead the column to search is: `the letter Z in their first names`."""
    end = state.skip_words("preposition", "pronoun", "determiner", ahead=ahead)
    span = state.peek(end)
    if end == ahead or span is None or not span.columns:
        return None
    return end if state.find_word("preposition", ahead=ahead) else None


def _is_text(state: ParserState, column: ColumnRef) -> bool:
    return state.schema.roles[column.table].column(column.column).kind == "text"


def default_text_column(state: ParserState) -> ColumnRef | None:
    """Return the text column to search where none is named: the last one shown, or the display column."""
    items = state.selection.items
    shown_column = items[-1].column if items and not state.filters.where else None
    if shown_column and _is_text(state, shown_column):
        return shown_column
    if state.base is None:
        return None
    state.evidence.guesses += 1
    names = state.schema.roles[state.base].display_columns
    return ColumnRef(state.base, names[0]) if names else None


def parse_null_check(state: ParserState) -> ParserState | None:
    """Parse `is missing`, `is not null` after a column."""
    word, column = state.find_word("null"), state.clause.column
    if not word or column is None:
        return None
    state = add_condition(state.advance(), IsNull(column, negated=word.value == "no"))
    return state.with_column(None)
