"""Value conditions: stored values and quotations, such as `from Berlin`, `vip`, `France or Italy`."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import choose_column, rank_of
from agent.builtin.grammar.conditions import add_condition
from agent.builtin.grammar.lookahead import table_here
from agent.builtin.grammar.state import ParserState
from agent.builtin.linking.name_index import SchemaMatch
from agent.builtin.linking.segmentation import SURE_VALUE_SCORE
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import (
    ColumnRef,
    Comparison,
    ComparisonOperator,
    Condition,
    InList,
    InSubquery,
    IsNull,
    Or,
    Plan,
    Scalar,
)
from agent.builtin.schema.model import parse_boolean

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


_SAME_COLUMN_BONUS = 0.2


def parse_quotation(state: ParserState) -> ParserState | None:
    """Parse a quotation: a value of the column before it, a stored value, or a name."""
    span = state.peek()
    if not span or not span.quoted:
        return None
    return _parse_quotation_in_column(state, span.quoted) or add_value_condition(state.advance(), span, "=")


def _parse_quotation_in_column(state: ParserState, text: str) -> ParserState | None:
    """Parse `has "love" in its title`: the quotation is a part of that column."""
    preposition = state.peek(1)
    if preposition is None or not state.find_word("preposition", ahead=1) or preposition.text.lower() != "in":
        return None
    ahead = state.skip_words("preposition", "pronoun", "determiner", ahead=1)
    noun = state.peek(ahead)
    if not noun or not noun.columns or not state.find_word("have", "with", "like", "be", ahead=-1):
        return None
    column = choose_column(state, noun.matches)
    if column is None:
        return None
    return add_condition(state.advance(ahead + 1), Comparison(column, "like", f"%{text}%"))


def parse_value(state: ParserState) -> ParserState | None:
    """Parse a stored value: `from Berlin`, `vip`, `France or Italy`."""
    span = state.peek()
    if not span or not span.values:
        return None
    if span.is_noun and not _is_rather_value(state, span):
        return None
    capitalized = span.text[:1].isupper()
    if span.number and not span.text.isdigit() and not capitalized:
        return None
    if span.find_word("verb", "filler") and not any(match.value == span.text for match in span.values):
        return None
    weak_kinds = {"verb", "filler", "information", "show"}
    function_word = any(word.kind not in weak_kinds for word in span.function_words)
    if function_word and not (capitalized and span.start > 0):
        return None
    return add_value_condition(state.advance(), span, "=")


def _is_rather_value(state: ParserState, span: Span) -> bool:
    """Whether a span that may be a name is rather a value: after its own column, or capitalized."""
    value = max(span.values, key=lambda match: match.score)
    columns = [_column_of(match) for match in span.values]
    if state.clause.column and state.clause.column in columns:
        return True
    previous = state.filters.last()
    listed = state.find_word("or", "and", "comma", ahead=-1) is not None
    if listed and isinstance(previous, Comparison | InList) and previous.item in columns:
        return True
    name_score = max((match.score for match in span.matches if match.kind != "value"), default=0.0)
    capitalized = span.text[:1].isupper() and span.start > 0
    if not capitalized and name_score > 0.75 and not (value.value or "").islower():
        return False
    return value.score > name_score or (capitalized and value.score >= name_score)


def add_value_condition(state: ParserState, span: Span, op: ComparisonOperator) -> ParserState:
    """Compare the likeliest column with a stored value or quotation; the state is already past the span."""
    following_names = _named_by_following(state, span)
    match = following_names or _choose_value(state, span)
    if following_names:
        # `Los Angeles county`
        state = state.advance()
    if match is None:
        column = state.clause.column or default_text_column(state)
        if column is None or not span.quoted:
            state.mark_unplaced(span.text)
            return state
        return add_equality(state, column, op, span.quoted)
    state.evidence.scores.append(match.score)
    state = state.with_column(None)
    column = _column_of(match)
    if match.score >= SURE_VALUE_SCORE:
        return add_equality(state, column, op, match.value or "")
    if not _names_thing(state, span, match):
        state.mark_unplaced(span.text)
        return state
    state.evidence.scores.append(match.score)
    state.evidence.assumptions.append(f"{span.text!r} is taken as a part of the stored value.")
    return add_condition(state, Comparison(column, "like", f"%{span.text}%"))


def _names_thing(state: ParserState, span: Span, match: SchemaMatch) -> bool:
    """Whether a part of a stored value is named as a thing: `a teapot`, but not `late` in `came late`."""
    if span.quoted or span.text[:1].isupper() or match.table in {state.entity, state.clause.focus}:
        return True
    index = next((index for index, other in enumerate(state.spans) if other.start == span.start), 0)
    before = state.spans[index - 1] if index else None
    return before is not None and bool(
        before.find_word("determiner", "preposition", "with", "like", "and", "or", "comma", "not")
    )


def add_equality(state: ParserState, column: ColumnRef, op: ComparisonOperator, value: Scalar) -> ParserState:
    """Compare a column with a value, converted to the column's type."""
    kind = state.schema.roles[column.table].column(column.column).kind
    if isinstance(value, str) and kind == "boolean" and parse_boolean(value) is not None:
        value = bool(parse_boolean(value))
    condition = _include_descendants(state, Comparison(column, op, value))
    return add_condition(state.with_column(None), condition)


def _include_descendants(state: ParserState, condition: Comparison) -> Condition:
    """Include rows whose parent matches: `products in Kitchen`, where Kitchen has subcategories."""
    column = condition.item
    if not isinstance(column, ColumnRef) or column.table == state.entity or condition.op != "=":
        return condition
    roles = state.schema.roles[column.table]
    for key in roles.table.foreign_keys:
        names_parent = "parent" in roles.words_of(key.columns[0])
        if key.referenced_table == column.table and names_parent and column.column in roles.display_columns:
            parent_key = ColumnRef(column.table, key.referenced_columns[0])
            parents = Plan(column.table, (parent_key,), where=(condition,))
            return Or((condition, InSubquery(ColumnRef(column.table, key.columns[0]), parents)))
    return condition


def _own_values(state: ParserState, span: Span) -> list[SchemaMatch]:
    """Return the candidate values that are stored in the column just named."""
    return [match for match in span.values if _column_of(match) == state.clause.column]


def _searches_named_column(state: ParserState, span: Span) -> bool:
    """Whether a quotation follows a text column; a value stored elsewhere is not meant then."""
    column = state.clause.column
    if column is None or not span.quoted:
        return False
    return state.schema.roles[column.table].column(column.column).kind == "text"


def _named_by_following(state: ParserState, span: Span) -> SchemaMatch | None:
    """Return the value whose column is named after it: `Los Angeles county`."""
    following = state.peek()
    if not following or not span.values:
        return None
    if _own_values(state, span) or _searches_named_column(state, span):
        return None
    named_columns = [_column_of(match) for match in following.columns if match.score > 0.9]
    return next(
        (match for match in span.values if _column_of(match) in named_columns and match.score > 0.9), None
    )


def _choose_value(state: ParserState, span: Span) -> SchemaMatch | None:
    """Choose the likeliest place of a value: the column just named, else the highest ranked."""
    if not span.values:
        return None
    if own := _own_values(state, span):
        return own[0]
    column = state.clause.column
    if column is not None and _searches_named_column(state, span):
        return next((match for match in span.values if match.column == column.column), None)
    owner = table_here(state)
    previous = state.filters.last()
    item = previous.item if isinstance(previous, Comparison | InList) else None

    def rank(match: SchemaMatch) -> tuple[float, int]:
        bonus = _SAME_COLUMN_BONUS * (_column_of(match) == item)
        return rank_of(state, match, owner) + bonus, -_column_index(state, match)

    return max(span.values, key=rank)


def _column_index(state: ParserState, match: SchemaMatch) -> int:
    names = [column.name for column in state.schema.roles[match.table].table.columns]
    return names.index(match.column) if match.column in names else len(names)


def _column_of(match: SchemaMatch) -> ColumnRef:
    return ColumnRef(match.table, match.column or "")
