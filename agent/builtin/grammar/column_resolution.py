"""Column disambiguation: rank the candidate columns of a noun by score, proximity and role."""

from collections.abc import Sequence

from agent.builtin.grammar.state import ParserState
from agent.builtin.linking.name_index import SchemaMatch
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import ColumnRef

# Terms of the rank of a candidate column, added to its score.
SUPPORT_BONUS = 0.03
FOCUS_BONUS, NAMED_BONUS, DISTANCE_COST, KEY_COST = 0.25, 0.15, 0.08, 0.12
MAX_DISTANCE = 6.0

# A noun that matches a table this well means its rows, even if a column is closer.
NAMED_TABLE_SCORE = 0.86


def _partial_columns(state: ParserState, lemmas: Sequence[str], owner: str) -> list[SchemaMatch]:
    """Match columns of a table by single words of a phrase: `e-mail address` for `email`."""
    matches = [match for word in lemmas for match in state.schema.names.find([word])]
    return [
        match.discount(0.9, "part of the phrase")
        for match in matches
        if match.table == owner and match.column
    ]


def choose_column(
    state: ParserState, matches: Sequence[SchemaMatch], owner: str | None = None, lemmas: Sequence[str] = ()
) -> ColumnRef | None:
    """Choose the highest ranked of the candidate columns, and log its score and margin.

    With an `owner` and the `lemmas` of the phrase, columns of the owner that match only in part compete.
    """
    columns = [match for match in matches if match.kind == "column" and match.column]
    exact = max((match.score for match in columns), default=0.0) > 0.97
    owned = any(match.table == owner and match.score > 0.5 for match in columns)
    if owner and lemmas and not exact and not owned:
        columns += _partial_columns(state, lemmas, owner)
    if not columns:
        return None
    ranked = sorted(columns, key=lambda match: -rank_of(state, match, owner))
    best = ranked[0]
    if len(ranked) > 1:
        state.evidence.margins.append(rank_of(state, best, owner) - rank_of(state, ranked[1], owner))
    state.evidence.scores.append(best.score)
    assert best.column is not None
    return ColumnRef(best.table, best.column)


def rank_of(state: ParserState, match: SchemaMatch, owner: str | None = None) -> float:
    """Rank a candidate: its score, adjusted by focus, named tables, join distance and keys."""
    rank = match.score
    if match.kind == "table":
        return rank
    focus, named_tables = owner or state.base, state.sentence.named_tables
    if match.table == focus:
        rank += FOCUS_BONUS
    elif _names_its_table(state, match) or match.table in named_tables or match.table == state.entity:
        rank += NAMED_BONUS
    rank += SUPPORT_BONUS * state.sentence.table_support.get(match.table, 0)
    anchor = focus or state.entity or (named_tables[0] if named_tables else None)
    if anchor:
        rank -= DISTANCE_COST * min(state.schema.graph.distance(anchor, match.table), MAX_DISTANCE)
    roles = state.schema.roles[match.table]
    if match.column in roles.key_columns:
        # Primary keys are preferred to foreign keys, and keys match only by their full name.
        rank += 0.03 if roles.table.primary_key == (match.column,) else -0.03
        rank -= KEY_COST if match.score < 0.9 else 0.0
    return rank


def _names_its_table(state: ParserState, match: SchemaMatch) -> bool:
    """Whether a key's name contains its table's: `customer id` of customers."""
    roles = state.schema.roles[match.table]
    table_words = set(state.schema.names.table_words[match.table])
    if match.column is None:
        return False
    return roles.table.primary_key == (match.column,) and table_words < set(roles.words_of(match.column))


def best_noun(state: ParserState, span: Span, owner: str | None = None) -> SchemaMatch | None:
    """Return the likeliest table or column that a span names."""
    nouns = [match for match in span.matches if match.kind != "value"]
    if not nouns:
        return None
    tables = span.tables
    # An exactly matching table wins, unless the focused table has a column of that name.
    best_column = max((match.score for match in nouns if match.kind == "column"), default=0.0)
    if tables and tables[0].score >= max(NAMED_TABLE_SCORE, best_column):
        focus = owner or state.base
        own = [
            match
            for match in nouns
            if match.kind == "column" and match.table == focus and match.score >= 0.95
        ]
        usable = [
            match
            for match in own
            if match.column not in state.schema.roles[match.table].key_columns and match.reason != "label"
        ]
        return usable[0] if usable and focus != tables[0].table else tables[0]
    return max(nouns, key=lambda match: (rank_of(state, match, owner), match.kind == "table"))


def referenced_tables(state: ParserState, tables: Sequence[str]) -> list[str]:
    """Return tables with at most one row for each row of the given ones: a player's person."""
    return [edge.other for table in tables for edge in state.schema.graph.edges(table) if not edge.is_to_many]


def find_property(state: ParserState, criterion: str, table: str) -> ColumnRef | None:
    """Find the column of a table that holds a property, given by names separated by `|`."""
    roles = state.schema.roles[table]
    for words in criterion.split("|"):
        usable = [
            match
            for match in state.schema.names.find(words.split())
            if match.kind == "column"
            and match.table == table
            and match.score >= 0.45
            and match.column
            and (roles.is_measure(match.column) or roles.is_date(match.column) or roles.is_year(match.column))
        ]
        if usable and usable[0].column:
            state.evidence.scores.append(max(usable[0].score, 0.8))
            return ColumnRef(table, usable[0].column)
    if criterion.split("|", 1)[0] in {"date", "age"} and roles.date_columns:
        return ColumnRef(table, roles.date_columns[0])
    return None
