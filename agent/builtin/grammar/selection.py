"""Selection: parse the items to show, resolve whose columns they are, and what the question is about."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import choose_column
from agent.builtin.grammar.lookahead import begins_item, is_summable, is_sure_noun, noun_follows
from agent.builtin.grammar.select_items import parse_select_item
from agent.builtin.grammar.state import ParserState, QuestionWord, SelectItem
from agent.builtin.lexicon.function_words import WordKind
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import Comparison, Measure

_OPENERS: tuple[WordKind, ...] = (
    "show", "what", "who", "be", "determiner", "pronoun", "there", "filler", "stop", "also", "comma", "only",
)  # fmt: skip
# After a column such a noun adds nothing: `creation year`, `price value`.
_REDUNDANT_LEMMAS = frozenset({("year",), ("date",), ("value",), ("amount",), ("number",)})


def parse_selection(state: ParserState) -> ParserState:
    """Parse the items to show, up to where the conditions begin."""
    state = _skip_openers(state)
    while not state.done:
        parsed = parse_select_item(state)
        state = parsed.state
        ahead = _coordinated_item_ahead(state) if parsed.found else 0
        if not ahead:
            break
        state = state.advance(ahead)
    return resolve_owners(state)


def _skip_openers(state: ParserState) -> ParserState:
    """Skip `please show me what are the …`, noting the question word and a sort direction."""
    if state.position == 0 and state.find_word("that") and not is_sure_noun(state):
        state = state.advance()
    if state.position == 0 and state.find_word("who"):
        state = _with_question_word(state, "person")
    if state.position == 0 and state.find_word("compare"):
        state = replace(state.advance(), grouping=replace(state.grouping, compares_periods=True))
    if state.position == 0 and (word := state.find_word("when", "where")):
        state = _with_question_word(state.advance(), "date" if word.kind == "when" else "place")
    while (
        (span := state.peek()) and span.find_word(*_OPENERS, "direction") and not _is_noun_here(state, span)
    ):
        if word := span.find_word("direction"):
            state = replace(state, ordering=replace(state.ordering, direction=word.value))
        state = state.advance()
    return state


def _with_question_word(state: ParserState, word: QuestionWord) -> ParserState:
    return replace(state, selection=replace(state.selection, question_word=word))


def _is_noun_here(state: ParserState, span: Span) -> bool:
    """Whether a possible function word is a noun: `names` in `names of the singers`."""
    if not span.is_noun:
        return False
    if span.find_word("show") and state.position == 0:
        # `name the suppliers` is a command, `name and rating of the suppliers` is not.
        preposition = state.find_word("preposition", ahead=1)
        of_follows = preposition is not None and preposition.value == "of"
        return of_follows or state.find_word("and", "comma", ahead=1) is not None
    return max(match.score for match in span.matches) >= 0.6


def _coordinated_item_ahead(state: ParserState) -> int:
    """Return how far ahead the next item begins; 0 where the selection ends."""
    span = state.peek()
    weak = span is not None and max((match.score for match in span.matches), default=0.0) < 0.9
    redundant = 1 if span and weak and span.lemmas in _REDUNDANT_LEMMAS else 0
    ahead = state.skip_words("comma", "and", ahead=redundant)
    if ahead == redundant:
        return 0
    return ahead if begins_item(state, ahead) else 0


def resolve_owners(state: ParserState) -> ParserState:
    """Resolve owners, the entity and the columns of the items: `name and age of the singers`."""
    state = _own_by_phrase(state)
    stated_owners = [item.owner for item in state.selection.items]
    state = state.with_items(*_distribute_owners(state.selection.items))
    if state.entity is None:
        state = replace(state, entity=_entity(state))
    if state.selection.question_word == "person":
        state = _ask_for_people(state)
    if state.clause.focus is None:
        state = state.focus_on(state.entity)
    items = _distribute_functions(state)
    for index, item in enumerate(items):
        if item.span and not item.table and item.column is None and not item.all_columns:
            lemmas = item.span.lemmas if stated_owners[index] else ()
            items[index] = replace(item, column=choose_column(state, item.span.matches, item.owner, lemmas))
    return state.with_items(*items)


def _distribute_owners(items: tuple[SelectItem, ...]) -> tuple[SelectItem, ...]:
    """Give the owner of an item to the items before it."""
    owner: str | None = None
    distributed: list[SelectItem] = []
    for item in reversed(items):
        if owner and not item.owner and not item.table:
            distributed.append(replace(item, owner=owner))
            continue
        # `name and number of singers`: what is counted says nothing of the name's owner.
        owner = owner if item.counted else item.owner or owner
        distributed.append(item)
    return tuple(reversed(distributed))


def _ask_for_people(state: ParserState) -> ParserState:
    """Let `who returned the most` ask for customers, where only they have first and last names."""
    people = [table for table, roles in state.schema.roles.items() if len(roles.display_columns) > 1]
    shown_tables = [item.table for item in state.selection.items if item.table]
    start = state.entity or next(iter(state.sentence.named_tables), None)
    start = start or (people[0] if len(people) == 1 else None)
    if not people or start is None or any(item.column for item in state.selection.items):
        return state
    if start in people:
        return state if state.entity else replace(state, entity=start)
    if shown_tables and shown_tables[0] not in people:
        roles = state.schema.roles[shown_tables[0]]
        if roles.display_columns != roles.table.primary_key:
            return state
    person = min(people, key=lambda table: state.schema.graph.distance(start, table))
    state = replace(state, entity=person).focus_on(person)
    state = state.with_items(SelectItem(table=person, owner=person))
    for table in shown_tables:
        state = state.mention(table)
    return state


def _own_by_phrase(state: ParserState) -> ParserState:
    """Take the owner from a column that a whole phrase names: `address of the department`."""
    items = list(state.selection.items)
    for index, item in enumerate(items):
        columns = item.span.columns if item.span and not item.owner and not item.table else ()
        if item.span and columns and "of" in item.span.lemmas and columns[0].score > 0.9:
            # In the order of the matches: the same question must always be parsed in the same way.
            best = [match.table for match in columns if match.score == columns[0].score]
            tables = list(dict.fromkeys(best))
            names = state.schema.names.table_words
            spoken = [table for table in tables if set(names[table]) <= set(item.span.lemmas)]
            if len(tables) == 1 or len(spoken) == 1:
                items[index] = replace(item, owner=(spoken or tables)[0])
    return state.with_items(*items)


def _distribute_functions(state: ParserState) -> list[SelectItem]:
    """Apply an aggregate to the measures after it: `average price and cost`."""
    items = list(state.selection.items)
    for index in range(1, len(items)):
        before, item = items[index - 1], items[index]
        resolved = item.counted or item.table or item.item or item.all_columns or item.share
        if item.functions or resolved or not before.functions or before.counted:
            continue
        if item.span and is_summable(state, item.span):
            items[index] = replace(item, functions=before.functions)
    return items


def _entity(state: ParserState) -> str | None:
    """Return the table that the question is about."""
    items = state.selection.items
    owners = [item.owner or item.table for item in items if item.owner or item.table]
    if owners:
        return owners[0]
    named_tables = state.sentence.named_tables
    spans = [item.span for item in items if item.span]
    if spans:
        tables = {match.table for match in spans[0].columns}
        owner = next((table for table in named_tables if table in tables), None)
        if owner is not None:
            return owner
        best = choose_column(state, spans[0].matches, named_tables[0] if named_tables else None)
        return best.table if best else None
    if named_tables:
        return named_tables[0]
    values = [match for span in state.spans for match in span.values if match.score > 0.9]
    return values[0].table if values and state.selection.question_word else None


def parse_late_item(state: ParserState) -> ParserState | None:
    """Parse an aggregate after the selection: shown (`… and the average age`) unless it is compared."""
    if not state.find_word("aggregate", "count") or state.clause.negated:
        return None
    count = len(state.selection.items)
    parsed = parse_select_item(state) if begins_item(state, 0) else None
    if parsed is None or not parsed.found or len(parsed.state.selection.items) == count:
        return _parse_aggregate_condition(state)
    after = parsed.state
    compared = after.find_word("comparison") or (
        after.find_word("be", "that") and after.find_word("comparison", ahead=1)
    )
    if not compared:
        return resolve_owners(after)
    items = after.selection.items
    return _compare_item(after.with_items(*items[:count]), items[count])


def _parse_aggregate_condition(state: ParserState) -> ParserState | None:
    """Parse `whose average price is above 100`, `with a number of orders greater than 5`."""
    span = state.peek()
    if span is not None and span.is_noun and not noun_follows(state, 1):
        # `a total over 100` compares the column of that name.
        return None
    parsed = parse_select_item(state)
    items = parsed.state.selection.items
    if not parsed.found or len(items) == len(state.selection.items):
        return None
    return _compare_item(parsed.state.with_items(*items[:-1]), items[-1])


def _compare_item(state: ParserState, item: SelectItem) -> ParserState | None:
    """Compare an aggregate with the number that follows: a condition on groups."""
    state = state.skip("be", "that", "determiner", "than")
    word = state.find_word("comparison")
    if word:
        state = state.advance().skip("determiner", "pronoun", "than")
    operand = state.peek()
    if not operand or not operand.number:
        return None
    trailing = state.find_word("trailing_comparison", ahead=1)
    op = word.value if word else trailing.value if trailing else "="
    state = state.advance(2 if trailing else 1)
    column = item.column
    if item.span and not item.table:
        column = choose_column(state, item.span.matches, item.owner)
    if item.counted:
        counted_table = item.table or (column.table if column else state.entity)
        measure = Measure("count", table=counted_table)
        state = state.mention(item.table) if item.table else state
    elif column and item.functions:
        measure = Measure(item.functions[0], column)
    else:
        return None
    return state.add_having(Comparison(measure, op, operand.number.value))  # type: ignore[arg-type]
