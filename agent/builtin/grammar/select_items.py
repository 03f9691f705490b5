"""SELECT items: parse one thing to show, such as a count, an aggregate, a share, a superlative or a noun."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from agent.builtin.grammar.column_resolution import best_noun
from agent.builtin.grammar.lookahead import (
    BEFORE_ITEM,
    begins_order,
    is_of,
    is_summable,
    is_sure_noun,
    noun_follows,
    table_here,
)
from agent.builtin.grammar.nouns import parse_noun_phrase
from agent.builtin.grammar.state import ParserState, SelectItem, TopN
from agent.builtin.lexicon.function_words import FunctionWord
from agent.builtin.linking.name_index import SHORT_FORM_SCORE
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import AggregateFunction

_EXTREMES = {"desc": "max", "asc": "min"}


@dataclass(frozen=True, slots=True)
class ParsedSelectItem:
    """Result of parsing an item to show: whether one was found, and the state after it.

    The state counts even if none was found: `which is the oldest?` has a superlative and no item.
    """

    state: ParserState
    found: bool = True


@dataclass(frozen=True, slots=True)
class _Modifiers:
    """Words before the noun of an item: aggregates, `different`, and whether a number precedes it."""

    functions: tuple[AggregateFunction, ...] = ()
    distinct: bool = False
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class _Skipped:
    """The state at the next noun, and whether `different` was passed on the way."""

    state: ParserState
    distinct: bool


@dataclass(frozen=True, slots=True)
class _ParsedAggregates:
    functions: tuple[AggregateFunction, ...]
    state: ParserState


def parse_select_item(state: ParserState, *, numbered: bool = False) -> ParsedSelectItem:
    """Parse one item to show; `numbered` if a number such as `5` precedes it."""
    before = _skip_to_noun(state)
    aggregates = _parse_aggregates(before.state)
    after = _skip_to_noun(aggregates.state)
    state = after.state
    modifiers = _Modifiers(aggregates.functions, before.distinct or after.distinct, numbered)
    if state.done or state.find_word("stop"):
        return _parse_without_noun(state, modifiers)
    for parse in _ITEM_PARSERS:
        if parsed := parse(state, modifiers):
            return parsed
    return ParsedSelectItem(state, found=False)


def _parse_aggregates(state: ParserState) -> _ParsedAggregates:
    """Parse `average`, or `minimum, maximum and average`; not where the word is itself a column."""
    functions: list[AggregateFunction] = []
    begin = state
    while word := state.find_word("aggregate") or _coordinated_extreme(state, bool(functions)):
        span = state.peek()
        if span and span.is_noun and not noun_follows(state, 1):
            break
        functions.append(_EXTREMES.get(word.value, word.value))  # type: ignore[arg-type]  # only functions
        state = state.advance()
        ahead = state.skip_words("comma", "and", "determiner")
        if state.find_word("aggregate", "superlative", ahead=ahead):
            state = state.advance(ahead)
    return _ParsedAggregates(tuple(functions), state if functions else begin)


def _coordinated_extreme(state: ParserState, has_functions: bool) -> FunctionWord | None:
    """Return a superlative that is an aggregate, as it is coordinated: `highest and average price`."""
    word = state.find_word("superlative")
    if not word or (word.criterion and not _names_its_criterion(state, word)):
        return None
    if has_functions:
        return word
    ahead = state.skip_words("and", "comma", "determiner", ahead=1)
    if ahead > 1 and state.find_word("aggregate", "superlative", ahead=ahead):
        return word
    coordinated = state.find_word("and", "comma", "aggregate", ahead=-1) is not None
    return word if coordinated and not state.selection.items and state.position > 1 else None


def _names_its_criterion(state: ParserState, word: FunctionWord) -> bool:
    """Whether the noun is the property itself: `the cheapest price` is a price, and no product."""
    ahead = state.skip_words("and", "comma", "determiner", "superlative", "aggregate", ahead=1)
    noun = state.peek(ahead)
    return noun is not None and " ".join(noun.lemmas) in word.criterion.split("|")


def _parse_without_noun(state: ParserState, modifiers: _Modifiers) -> ParsedSelectItem:
    """Handle aggregates at the end: of the previous plan, or a column called `total`."""
    span = state.peek(-1)
    if modifiers.functions and state.previous_plan:
        state = state.add_item(SelectItem(functions=modifiers.functions))
    elif modifiers.functions and span and span.is_noun:
        state = state.add_item(SelectItem(span))
    return ParsedSelectItem(state, found=False)


def _skip_to_noun(state: ParserState) -> _Skipped:
    distinct = False
    ahead = 0
    while (span := state.peek(ahead)) and not (span.is_noun and not span.find_word("determiner", "pronoun")):
        if span.find_word("distinct"):
            distinct = True
        elif not (span.find_word(*BEFORE_ITEM) or is_of(span) or span.text.lower() in {"every", "each"}):
            break
        ahead += 1
    return _Skipped(state.advance(ahead), distinct)


def _parse_information(state: ParserState, modifiers: _Modifiers) -> ParsedSelectItem | None:
    """Parse `all information about the singers`: all columns of a table."""
    span = state.peek()
    if not span or not span.find_word("information") or (span.is_noun and span.matches[0].score > 0.9):
        return None
    state = state.advance()
    while state.find_word("preposition", "determiner", "each", "that", "where") and not is_sure_noun(state):
        state = state.advance()
    state = _skip_values_before_noun(state)
    table = table_here(state)
    state = state.add_item(SelectItem(span, table=table, all_columns=True))
    return ParsedSelectItem(state.advance() if table else state)


def _parse_share(state: ParserState, modifiers: _Modifiers) -> ParsedSelectItem | None:
    """Parse `what percentage of orders were cancelled`: the conditions that follow select the part."""
    span = state.peek()
    if not state.find_word("share") or (span and span.is_noun and span.matches[0].score > 0.9):
        return None
    state = _skip_values_before_noun(_skip_to_noun(state.advance()).state)
    table = table_here(state)
    state = state.add_item(SelectItem(state.peek(), table=table, owner=table, share=True))
    return ParsedSelectItem(state.advance() if table else state)


def _parse_count(state: ParserState, modifiers: _Modifiers) -> ParsedSelectItem | None:
    """Parse `how many singers`, `number of different countries`."""
    word_span = state.peek()
    if not state.find_word("count") or (is_sure_noun(state) and not noun_follows(state, 1)):
        return None
    skipped = _skip_to_noun(state.advance())
    different = word_span is not None and "different" in word_span.text
    distinct = modifiers.distinct or skipped.distinct or different
    state = _skip_values_before_noun(skipped.state)
    item = SelectItem(counted=True, functions=modifiers.functions, distinct=distinct)
    noun = state.peek()
    counts_noun = noun is not None and noun.is_noun
    return ParsedSelectItem(parse_noun_phrase(state, item) if counts_noun else state.add_item(item))


def _skip_values_before_noun(state: ParserState) -> ParserState:
    """Skip stored values that precede the noun they describe, and remember them: `vip customers`."""
    span, noun = state.peek(), state.peek(1)
    if span and span.lemmas == ("new",) and noun and noun.tables:
        # `new customers` are those of the period.
        state = state.advance()
    values: list[Span] = []
    while (span := state.peek()) and _is_value_before_noun(state, span) and noun_follows(state, 1):
        values.append(span)
        state = state.advance()
    if not values:
        return state
    pending = (*state.selection.pending_values, *values)
    return replace(state, selection=replace(state.selection, pending_values=pending))


def _is_value_before_noun(state: ParserState, span: Span) -> bool:
    """Whether a span is a stored value that is no name, or a boolean column."""
    if span.values and not span.is_noun and not span.function_words:
        return True
    best = best_noun(state, span)
    return bool(
        best and best.column and best.score > 0.9 and state.schema.roles[best.table].is_boolean(best.column)
    )


def _parse_how_much(state: ParserState, modifiers: _Modifiers) -> ParsedSelectItem | None:
    """Parse `how much revenue`, `how much did customers spend`: the sum of the next measure."""
    if not state.find_word("much"):
        return None
    state = state.advance()
    ahead = 0
    while (span := state.peek(ahead)) and not (span.is_noun and is_summable(state, span)):
        if span.find_word("stop"):
            break
        ahead += 1
    if span is None or not span.is_noun:
        return ParsedSelectItem(state)
    state = state.add_item(SelectItem(span, functions=("sum",)))
    if ahead == 0:
        return ParsedSelectItem(state.advance())
    return ParsedSelectItem(replace(state, consumed=state.consumed | {span.start}))


def _parse_bucket(state: ParserState, modifiers: _Modifiers) -> ParsedSelectItem | None:
    """Parse `which month …`: a calendar unit that no column is named after."""
    word, span = state.find_word("bucket"), state.peek()
    if not word or not span or any(match.score > 0.9 for match in span.columns):
        return None
    state = replace(state.advance(), grouping=replace(state.grouping, bucket=word.value))
    if word.criterion == "unit":
        return ParsedSelectItem(state)
    # `monthly revenue` goes on with a noun, `which month` does not.
    return parse_select_item(state, numbered=modifiers.numbered)


def _parse_top(state: ParserState, modifiers: _Modifiers) -> ParsedSelectItem | None:
    """Parse `the oldest customer`, `top 5 products`, `the most common status`, `highest price`."""
    word, following = state.find_word("superlative", "common"), state.peek(1)
    if not word or (following and following.text.lower() == "first"):
        return None
    state = state.advance()
    number = state.peek()
    limit = int(number.number.value) if number and number.number and not number.is_noun else None
    if limit is not None:
        state = state.advance()
        state = state if word.criterion else state.skip("superlative", "common")
    descending = word.value == "desc"
    if word.kind == "common":
        top = TopN(descending, limit or 1, criterion="common")
        return parse_select_item(state.with_top(top), numbered=modifiers.numbered)
    state = _skip_to_noun(state).state
    noun = state.peek()
    if word.criterion or noun is None or not noun.is_noun or not is_summable(state, noun):
        top = TopN(descending, limit or (0 if noun and noun.plural else 1), word.criterion)
        return parse_select_item(state.with_top(top), numbered=modifiers.numbered)
    if limit is not None or modifiers.numbered:
        # `the 5 largest refunds`
        state = state.with_top(TopN(descending, limit or 0, criterion="shown"))
        return _parse_noun(state, modifiers) or ParsedSelectItem(state, found=False)
    extreme: AggregateFunction = "max" if descending else "min"
    modifiers = replace(modifiers, functions=(*modifiers.functions, extreme))
    return _parse_noun(state, modifiers) or ParsedSelectItem(state, found=False)


def _parse_limit(state: ParserState, modifiers: _Modifiers) -> ParsedSelectItem | None:
    """Parse `5 customers`, `3 most expensive products`."""
    span = state.peek()
    if not span or not span.number or span.is_noun:
        return None
    if not (noun_follows(state, 1) or state.find_word("superlative", "common", ahead=1)):
        return None
    noun = state.peek(1)
    best = best_noun(state, noun) if noun and noun.is_noun else None
    if best and best.column and state.schema.roles[best.table].is_measure(best.column):
        # `5 stars` is a rating, not the first five.
        return None
    limit = int(span.number.value)
    parsed = parse_select_item(state.advance(), numbered=True)
    state = parsed.state
    top, items = state.ordering.top, state.selection.items
    if top and not top.resolved:
        state = state.with_top(replace(top, limit=limit))
    elif not items or not items[-1].counted:
        state = replace(state, ordering=replace(state.ordering, limit=limit))
    return replace(parsed, state=state)


def _parse_value_before_noun(state: ParserState, modifiers: _Modifiers) -> ParsedSelectItem | None:
    """Parse `vip customers`: the value waits until its noun is known."""
    skipped = _skip_values_before_noun(state)
    if skipped.selection.pending_values != state.selection.pending_values:
        return parse_select_item(skipped, numbered=modifiers.numbered)
    if skipped.position == state.position:
        return None
    return _parse_noun(skipped, modifiers) or ParsedSelectItem(skipped, found=False)


def _is_past_event(state: ParserState, span: Span) -> bool:
    """Whether a span is a verb in the past that names a date: `started`."""
    best = best_noun(state, span)
    dated = best is not None and best.column and state.schema.roles[best.table].is_date(best.column)
    return bool(dated) and span.text.endswith("ed")


def _parse_noun(state: ParserState, modifiers: _Modifiers) -> ParsedSelectItem | None:
    """Parse a noun phrase, or `number` by itself as a count."""
    span = state.peek()
    if not span or not span.is_noun or span.find_word("by", "each") or begins_order(state, 0):
        return None
    asks_for_person = state.selection.question_word == "person" and not state.selection.items
    if asks_for_person and _is_past_event(state, span):
        # `who started in 2024` asks for people, and not for the date.
        return None
    if span.lemmas in {("number",), ("count",)} and span.matches[0].score <= SHORT_FORM_SCORE:
        # `list the type and the number`
        counted = SelectItem(counted=True, distinct=modifiers.distinct)
        return ParsedSelectItem(state.advance().add_item(counted))
    item = SelectItem(functions=modifiers.functions, distinct=modifiers.distinct)
    return ParsedSelectItem(parse_noun_phrase(state, item))


_ItemParser = Callable[[ParserState, _Modifiers], ParsedSelectItem | None]
_ITEM_PARSERS: tuple[_ItemParser, ...] = (
    _parse_information,
    _parse_share,
    _parse_count,
    _parse_how_much,
    _parse_bucket,
    _parse_top,
    _parse_limit,
    _parse_value_before_noun,
    _parse_noun,
)
