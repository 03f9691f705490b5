"""Noun phrases: a noun with its owner, such as `singer names`, `the singer's name`, `name of the singer`."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import best_noun
from agent.builtin.grammar.lookahead import is_compared, is_date, is_summable
from agent.builtin.grammar.state import ParserState, SelectItem
from agent.builtin.linking.name_index import SchemaMatch
from agent.builtin.linking.spans import Span


def parse_noun_phrase(state: ParserState, item: SelectItem) -> ParserState:
    """Parse the noun at the current position with its owner, and add it as an item to show."""
    span = state.peek()
    assert span is not None
    best = best_noun(state, span)
    if item.functions and not item.counted and best and best.kind == "table" and is_summable(state, span):
        best = None
    state = state.advance()
    if best and best.kind == "table" and (parsed := _parse_owned_column(state, item, best)):
        return _parse_owner(parsed)
    following = state.peek()
    if best and item.functions and following and _names_column(following):
        # `average song duration`, where another table says how long songs are.
        return _parse_owner(state.advance().add_item(replace(item, span=following)))
    if best and best.kind == "table":
        state.evidence.scores.append(best.score)
        item = replace(item, table=best.table, owner=best.table)
    return _parse_owner(state.add_item(replace(item, span=span)))


def _parse_owned_column(state: ParserState, item: SelectItem, table: SchemaMatch) -> ParserState | None:
    """Parse a column after its table: `singer names`, `the singer's name`."""
    preposition = state.find_word("preposition")
    possessive = preposition is not None and preposition.value == "has"
    noun = state.peek(1 if possessive else 0)
    if noun is None:
        return None
    if item.counted and any(is_date(state, match, table.table) for match in noun.columns[:1]):
        return None
    if not _begins_owned_column(state, noun, table.table, 2 if possessive else 1):
        return None
    state.evidence.scores.append(table.score)
    return state.advance(2 if possessive else 1).add_item(replace(item, span=noun, owner=table.table))


def _names_column(span: Span) -> bool:
    best = next(iter(span.matches), None)
    return best is not None and best.kind == "column" and best.score > 0.9 and not span.function_words


def _begins_owned_column(state: ParserState, noun: Span, table: str, ahead: int) -> bool:
    """Whether the noun after a table is a column of it to show, and not the beginning of a condition."""
    if not noun.is_noun or noun.find_word("order", "by", "and", "comparison"):
        return False
    if not _is_column_of(state, noun, table) or is_compared(state, ahead - 1) or noun.values:
        return False
    after = state.peek(state.skip_words("preposition", "determiner", ahead=ahead))
    dated = after is not None and after.period is not None
    return not (dated and any(is_date(state, match, table) for match in noun.columns))


def _is_column_of(state: ParserState, span: Span, table: str) -> bool:
    roles = state.schema.roles[table]
    own = [
        match
        for match in span.columns
        if match.table == table and match.score >= 0.5 and not roles.is_boolean(match.column or "")
    ]
    referenced_tables = [match for match in span.tables if match.score >= 0.95 and match.table != table]
    return bool(own) and (not referenced_tables or own[0].score >= 0.95)


def _parse_owner(state: ParserState) -> ParserState:
    """Parse `… of the singers`: the table that owns the column of the latest item."""
    ahead = _owner_ahead(state)
    span = state.peek(ahead) if ahead else None
    best = best_noun(state, span) if span and span.is_noun and not span.find_word("each") else None
    *before, item = state.selection.items
    if span and best and not span.tables and _is_text_called_name(state, item, best):
        return state.advance(ahead + 1).with_items(*before, replace(item, span=span))
    if not best or best.kind != "table" or best.score < 0.6:
        return state
    following = state.peek(ahead + 1)
    compound = following is not None and following.is_noun and not following.find_word("and", "comparison")
    if following and compound and _is_column_of(state, following, best.table):
        return state
    modifiers = [span for n in range(1, ahead) if (span := state.peek(n)) and not span.is_noun]
    values = tuple(span for span in modifiers if span.values)
    # `the names of all different products`
    distinct = not item.counted and any(span.find_word("distinct") for span in modifiers)
    selection = replace(
        state.selection,
        pending_values=(*state.selection.pending_values, *values),
        distinct=state.selection.distinct or distinct,
    )
    state.evidence.scores.append(best.score)
    return _set_owner(replace(state.advance(ahead + 1), selection=selection), best.table)


def _is_text_called_name(state: ParserState, item: SelectItem, best: SchemaMatch) -> bool:
    """Whether `the names of the directors` means the text column `director`, as there is no such table."""
    if item.span is None or item.span.lemmas != ("name",) or best.kind != "column" or best.score < 0.95:
        return False
    roles = state.schema.roles[best.table]
    return roles.column(best.column or "").kind == "text" and best.column not in roles.key_columns


def _owner_ahead(state: ParserState) -> int:
    """Return how far ahead the noun after `of` is, past function words and values; 0 without `of`."""
    preposition = state.find_word("preposition")
    if not preposition or preposition.value not in {"of", "for"}:
        return 0
    ahead = 1
    while (
        (span := state.peek(ahead))
        and span.find_word("determiner", "pronoun", "distinct", "both")
        and not span.is_noun
    ):
        ahead += 1
    while (span := state.peek(ahead)) and span.values and not span.is_noun:
        after = state.peek(ahead + 1)
        if not after or not after.is_noun:
            break
        ahead += 1
    return ahead


def _set_owner(state: ParserState, table: str) -> ParserState:
    """Make a table the owner of the latest item."""
    *before, item = state.selection.items
    if item.counted and item.table:
        return state.mention(table)
    if item.counted or not item.table:
        return state.with_items(*before, replace(item, owner=table, table=None))
    # `the orders of the customers`: both are meant, the first is shown.
    return state.with_items(*before, replace(item, owner=item.table)).mention(table)
