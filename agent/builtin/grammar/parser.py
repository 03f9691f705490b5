"""Parser of questions: the selection first, then clause by clause with the first rule that fits."""

from dataclasses import replace

from agent.builtin.grammar.comparisons import parse_comparison
from agent.builtin.grammar.conditions import resolve_pending_column
from agent.builtin.grammar.date_filters import parse_period
from agent.builtin.grammar.grouping import parse_date_bucket, parse_group
from agent.builtin.grammar.lookahead import begins_item
from agent.builtin.grammar.mentions import parse_noun
from agent.builtin.grammar.negation import end_anti_join, resolve_negation
from agent.builtin.grammar.numeric_filters import parse_between, parse_number
from agent.builtin.grammar.ordering import move_order_to_end, parse_order
from agent.builtin.grammar.selection import parse_late_item, parse_selection
from agent.builtin.grammar.state import ParserState, Rule, Sentence, parse_rest
from agent.builtin.grammar.superlatives import parse_superlative
from agent.builtin.grammar.value_filters import (
    parse_null_check,
    parse_quotation,
    parse_text_pattern,
    parse_value,
)
from agent.builtin.lexicon.function_words import WordKind

_REDUNDANT_NOUNS = frozenset(
    {
        "size", "amount", "value", "number", "count", "function", "level", "rate", "policy", "data", "figure",
        "quantity", "item", "entry", "record", "history", "usage", "resource", "degree",
    }
)  # fmt: skip
_TOTAL_WORDS = frozenset({"in total", "total", "overall", "combined", "altogether", "all together"})
# Function words that may remain without a rule; others count as unplaced.
_FILLERS: tuple[WordKind, ...] = (
    "what", "show", "be", "determiner", "pronoun", "there", "filler", "also", "who", "that", "with", "have",
    "whose", "where", "preposition", "only", "same", "than", "stop", "both", "either", "when", "information",
    "count", "distinct", "verb", "like", "by", "each", "bucket",
)  # fmt: skip


# Function words that may stand between a verb and what it joins.
_BETWEEN_JOINED: tuple[WordKind, ...] = (
    "preposition", "determiner", "by", "be", "pronoun", "that", "filler", "verb", "each", "distinct",
)  # fmt: skip


def parse_question(state: ParserState) -> ParserState:
    """Parse a whole question."""
    state = move_order_to_end(_move_preamble_to_end(state))
    if state.find_word("each", "by") and not state.find_word("what"):
        state = parse_group(state) or state
        state = state.advance(state.skip_words("comma"))
    state = parse_rest(replace(parse_selection(state), rules=RULES))
    return end_anti_join(resolve_negation(resolve_pending_column(state)))


def _move_preamble_to_end(state: ParserState) -> ParserState:
    """Rearrange `in 2025, how many orders …` as `how many orders … in 2025`."""
    first = state.peek()
    if not first or not (first.find_word("preposition") or first.period) or first.is_noun:
        return state
    spans = state.spans
    comma = next((index for index, span in enumerate(spans) if span.find_word("comma")), None)
    main = spans[comma + 1 :] if comma is not None else ()
    if not main or not (main[0].find_word("what", "show", "count", "who", "much") or main[0].is_noun):
        return state
    clause = tuple(span for span in main if not span.find_word("stop"))
    return replace(state, sentence=Sentence((*clause, *spans[:comma])))


def skip_consumed(state: ParserState) -> ParserState | None:
    """Skip a span that was parsed out of turn."""
    span = state.peek()
    return state.advance() if span and span.start in state.consumed else None


def skip_redundant_noun(state: ParserState) -> ParserState | None:
    """Skip a noun that adds nothing to the column before it: `enrollment size`, `phone number`."""
    span, before = state.peek(), state.peek(-1)
    if not span or not before or span.number or not span.lemmas or span.lemmas[0] not in _REDUNDANT_NOUNS:
        return None
    if not any(match.score > 0.9 and match.kind != "value" for match in before.matches):
        return None
    return None if any(match.score > 0.8 for match in span.matches) else state.advance()


def skip_total(state: ParserState) -> ParserState | None:
    """Skip `in total`, `altogether` after an aggregate, which covers all rows anyway."""
    span = state.peek()
    if not span or span.text.lower() not in _TOTAL_WORDS or span.is_noun:
        return None
    aggregated = any(item.counted or item.functions for item in state.selection.items)
    return state.advance() if aggregated else None


def skip_across_all(state: ParserState) -> ParserState | None:
    """Skip `across all` in `across all schools`, which does not group by school."""
    span = state.peek()
    across_all = span and span.text.lower() == "across" and state.find_word("determiner", ahead=1)
    return state.advance(2) if across_all else None


def parse_next_sentence(state: ParserState) -> ParserState | None:
    """Parse `… List the first and last names.`, which specifies what to show."""
    if not state.find_word("stop", "comma", "and") or not state.find_word("show", "what", ahead=1):
        return None
    previous = state.selection.items
    shows_nothing = state.find_word("show", ahead=1) and not begins_item(state, 2)
    if not state.find_word("stop") and (not previous or shows_nothing):
        return None
    adds = state.find_word("and") is not None
    state = end_anti_join(resolve_pending_column(state)).advance()
    focus = state.clause.focus
    state = parse_selection(state.with_items().focus_on(state.entity)).focus_on(focus)
    items = state.selection.items
    if not items or adds:
        state = state.with_items(*previous, *items)
    return state


def parse_negation(state: ParserState) -> ParserState | None:
    """Parse `not`, `without`, `never`, `except`: the next condition is negated."""
    if not state.find_word("not", "except", "neither"):
        return None
    if state.find_word("except"):
        state = end_anti_join(resolve_pending_column(state)).focus_on(state.entity)
    return replace(state.advance(), clause=replace(state.clause, negated=True))


def parse_connective(state: ParserState) -> ParserState | None:
    """Parse `and`, `or`, `but`, `nor` and commas between conditions."""
    word, span = state.find_word("and", "or", "but", "comma", "nor"), state.peek()
    if not word or (span and span.is_noun):
        return None
    state = state.advance()
    if word.kind == "nor":
        return replace(state, clause=replace(state.clause, connective="and", negated=True))
    if word.kind == "or":
        return replace(state, clause=replace(state.clause, connective="or"))
    if word.kind == "but":
        state = resolve_pending_column(state)
    if _list_continues(state):
        return state
    state = end_anti_join(state)
    return replace(state, clause=replace(state.clause, negated=False))


def _list_continues(state: ParserState) -> bool:
    """Whether a list of values goes on after a comma."""
    span = state.peek()
    return span is not None and bool(span.values or span.quoted or span.find_word("or", "and"))


def skip_filler(state: ParserState) -> ParserState | None:
    """Skip a function word that no rule needed; a full stop ends the clause."""
    span = state.peek()
    if not span or not span.find_word(*_FILLERS):
        return None
    only_verb = span.find_word("verb", "like") and len(span.function_words) == 1
    if only_verb and not (_is_joining_verb(state) or state.selection.question_word):
        return None
    state.evidence.skipped.append(span.function_words[0].kind)
    if span.find_word("both"):
        state = replace(state, clause=replace(state.clause, both=True))
    if span.find_word("distinct"):
        state = replace(state, selection=replace(state.selection, distinct=True))
    if span.find_word("stop"):
        state = end_anti_join(resolve_pending_column(state))
    return state.advance()


def _is_joining_verb(state: ParserState) -> bool:
    """Whether a verb stands next to something that it can join: `produced by the company`."""
    ahead = state.skip_words(*_BETWEEN_JOINED, ahead=1)
    after, before = state.peek(ahead), state.peek(-1)
    if after is not None and (
        bool(after.matches or after.number or after.period or after.quoted)
        or after.find_word("comparison", "superlative", "common", "aggregate", "count", "between", "not")
    ):
        return True
    if before is None or not (state.tables or state.grouping.items):
        return False
    return bool(before.matches or before.quoted or before.find_word("pronoun"))


RULES: tuple[Rule, ...] = (
    skip_consumed,
    skip_redundant_noun,
    skip_total,
    skip_across_all,
    parse_next_sentence,
    parse_date_bucket,
    parse_group,
    parse_order,
    parse_between,
    parse_comparison,
    parse_superlative,
    parse_text_pattern,
    parse_null_check,
    parse_negation,
    parse_period,
    parse_value,
    parse_number,
    parse_quotation,
    parse_late_item,
    parse_connective,
    parse_noun,
    skip_filler,
)
