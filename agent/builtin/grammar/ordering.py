"""Ordering: `sorted by age in descending order`, `from oldest to youngest`, `cheapest first`."""

from dataclasses import dataclass, replace

from agent.builtin.grammar.column_resolution import best_noun, choose_column, find_property
from agent.builtin.grammar.grouping import skip_owner
from agent.builtin.grammar.measures import default_sort_items, display_columns, parse_measure
from agent.builtin.grammar.state import ParsedItem, ParserState, Sentence
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import Item, Measure, SortKey

# These sort only with a sort key or direction; `ordered` may be what customers did.
_PARTICIPLES = frozenset({"ordered", "sorted", "ranked", "arranged", "rank"})


def parse_order(state: ParserState) -> ParserState | None:
    """Parse `sorted by age in descending order`, `in alphabetical order of name`."""
    if parsed := _parse_extreme_first(state):
        return parsed
    if not _begins_order(state):
        return None
    parsed_keys = _parse_sort_items(_skip_sorted_noun(state))
    state, items = parsed_keys.state, parsed_keys.items
    if not items and state.previous_plan:
        previous_items = state.previous_plan.select
        items = (next((item for item in previous_items if isinstance(item, Measure)), previous_items[0]),)
    if not items:
        state.evidence.guesses += 1
        items = default_sort_items(state)
    return state.add_sort_keys(*(SortKey(item, parsed_keys.descending) for item in items))


def move_order_to_end(state: ParserState) -> ParserState:
    """Rearrange `sort the students by age` as `the students, sorted by age`."""
    first = state.peek()
    if not first or not first.find_word("order") or first.is_noun:
        return state
    if state.find_word("by", ahead=1) or state.previous_plan:
        return state
    rest = state.spans[1:]
    by = next((index for index, span in enumerate(rest) if span.find_word("by")), None)
    if by is not None:
        return replace(state, sentence=Sentence((*rest[:by], first, *rest[by:])))
    if any(span.find_word("direction") for span in rest):
        return replace(state, sentence=Sentence(rest))
    return state


def _skip_sorted_noun(state: ParserState) -> ParserState:
    """Skip the noun in `… and order the cities by size`: what is sorted is known."""
    ahead = state.skip_words("determiner", "pronoun", "distinct", ahead=1)
    verb, noun = state.peek(), state.peek(ahead)
    if verb is None or verb.text.lower().endswith(" by") or not state.find_word("order"):
        return state
    has_article = ahead > 1 or verb.text.endswith(" the")
    direction = state.skip_words("preposition", "determiner", ahead=ahead + 1)
    has_key = state.find_word("by", ahead=ahead + 1) or state.find_word("direction", ahead=direction)
    return state.advance(ahead + 1) if has_article and noun and noun.is_noun and has_key else state


def _begins_order(state: ParserState) -> bool:
    span = state.peek()
    if span is None or not span.find_word("order", "direction"):
        return False
    ambiguous = span.is_noun or span.text.lower() in _PARTICIPLES
    return not (span.find_word("order") and ambiguous and not _sort_key_follows(state))


@dataclass(frozen=True, slots=True)
class _ParsedSortItems:
    items: tuple[Item, ...]
    descending: bool
    state: ParserState


def _parse_sort_items(state: ParserState) -> _ParsedSortItems:
    descending = False
    items: list[Item] = []
    while span := state.peek():
        if direction := span.find_word("direction"):
            descending = direction.value == "desc"
            state = state.advance()
        elif _continues_order(state, span, bool(items)):
            descending = descending or "descending" in span.text
            state = state.advance()
        else:
            parsed = _parse_sort_item(state)
            if parsed.item is None:
                break
            items.append(parsed.item)
            state = parsed.state
    return _ParsedSortItems(tuple(items), descending, state)


def _continues_order(state: ParserState, span: Span, has_items: bool) -> bool:
    if span.find_word("order", "by", "determiner", "preposition", "pronoun", "each") and not span.is_noun:
        return True
    return span.find_word("comma", "and", "also") is not None and has_items and _is_sortable(state, 1)


def _parse_extreme_first(state: ParserState) -> ParserState | None:
    """Parse `cheapest first`, `newest first`."""
    word, following = state.find_word("superlative"), state.peek(1)
    if not word or not following or following.text.lower() != "first":
        return None
    descending = word.value == "desc"
    state = state.advance(2)
    if keys := state.ordering.keys:
        # `sorted by rating, best first` states the direction of the last sort key.
        latest = SortKey(keys[-1].item, descending)
        return replace(state, ordering=replace(state.ordering, keys=(*keys[:-1], latest)))
    column = find_property(state, word.criterion, state.entity) if word.criterion and state.entity else None
    items = (column,) if column else default_sort_items(state)
    return state.add_sort_keys(*(SortKey(item, descending) for item in items)) if items else None


def _sort_key_follows(state: ParserState) -> bool:
    ahead = 1
    while state.find_word("preposition", "determiner", ahead=ahead) and not state.find_word(
        "direction", ahead=ahead
    ):
        ahead += 1
    if state.find_word("by", ahead=1) or state.find_word("direction", ahead=ahead):
        return True
    return _skip_sorted_noun(state).position != state.position


def _is_sortable(state: ParserState, ahead: int) -> bool:
    span = state.peek(state.skip_words("by", "determiner", "also", "order", ahead=ahead))
    return span is not None and (
        span.is_noun or span.find_word("count", "aggregate", "direction") is not None
    )


def _parse_sort_item(state: ParserState) -> ParsedItem:
    """Parse a measure, a column, or a table, which sorts by its display column."""
    measure = parse_measure(state)
    if measure.item is not None:
        return replace(measure, state=skip_owner(measure.state))
    state = state.skip("determiner", "pronoun", "preposition")
    span = state.peek()
    best = best_noun(state, span) if span and span.is_noun else None
    if span is None or best is None:
        return ParsedItem(None, state)
    state = state.advance()
    if best.kind == "column":
        state = skip_owner(state)
        return ParsedItem(choose_column(state, span.matches), state)
    columns = display_columns(state, best.table)
    return ParsedItem(columns[0] if columns else None, state)
